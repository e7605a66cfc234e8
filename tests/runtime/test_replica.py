"""The read replica: whose reads it serves, and what the doctor says of one that is behind or away."""

import time

import pytest

from tests import matrix, rendering
from tests.services import free_port, wait_until
from tests.site import DATABASE, Site
from tests.visit import INSERT_DOCUMENT

MARGIN = 3  # seconds, which is longer than Aurora gets to notice that a reader is behind
READ = "from apps.documents.models import Document; print(Document.objects.all().db)"
# Prints where documents, users, and documents inside a transaction are read from.
READS = f"""{READ}
from apps.users.models import User; print(User.objects.all().db)
from django.db import transaction
with transaction.atomic():
    {READ}"""
# update() sends no signals. Then another process comes late with its mark.
UPDATE = """from apps.documents.models import Document; Document.objects.update(error="")
from config import replica; replica.mark(1)"""
# Prints how many functions each query goes through. A thread connects anew for each message of its sockets,
# so that one more each time would soon be more than Python nests.
RECONNECTS = """from django.db import connection
for _ in range(3):
    connection.close()
    connection.connect()
print(len(connection.execute_wrappers))"""
# Prints how many connections ten events have had, each of which hangs up.
EVENTS = """from config import replica; from django.db import connections
pids = set()
for _ in range(10):
    pids.add(replica.value("replica", "SELECT pg_backend_pid()"))
    connections["replica"].close()
print(len(pids))"""
# Somebody asks the replica whether it is back. Prints what others are told meanwhile, and all in the end.
WHILE_SOMEBODY_ASKS = """import threading, time
from config import replica
while not replica.is_usable():
    time.sleep(0.1)
answered, has = threading.Event(), replica.has
def patient(position):
    asking.set()
    return answered.wait(60) and has(position)
asking, replica.has, replica.away_until = threading.Event(), patient, 1.0
asks = threading.Thread(target=lambda: said.append(replica.is_usable()))
said = []
asks.start()
asking.wait(60)
replica.has = has
print(replica.is_usable())
answered.set()
asks.join()
print(*said, replica.is_usable())"""


@pytest.fixture(scope="module", params=["self-hosted", "aws"])
def scale_site(request, services, tmp_path_factory):
    """A site with a replica that streams, and one with Aurora's, or what says that it is."""
    combination = matrix.resolve(matrix.FIRST | {"tier": "scale", "celery": "none", "cloud": request.param})
    folder = tmp_path_factory.mktemp("replica")
    site = Site(rendering.project_of(combination), services, folder, combination).prepare()
    site.postgres.sql(INSERT_DOCUMENT.format(name="to-update.txt"), DATABASE)
    return site


@pytest.fixture
def replica(scale_site):
    scale_site.services.replica.catch_up()
    return scale_site.services.replica


def shell(site, statements):
    """Return what the statements print, without logs."""
    printed = site.manage("shell", "-v", "0", "-c", statements)
    return [line for line in printed.splitlines() if not line.startswith("{")]


def test_where_reads_go(scale_site, replica):
    wait_until(
        lambda: shell(scale_site, READS) == ["replica", "default", "default"], "reads to go to the replica"
    )


def test_a_write_is_read_from_the_primary_until_the_replica_has_it(scale_site, replica):
    replica.pause()
    try:
        shell(scale_site, UPDATE)
        time.sleep(MARGIN)
        assert shell(scale_site, READ) == ["default"]
    finally:
        replica.resume()


def test_a_thread_can_connect_any_number_of_times(scale_site, replica):
    assert shell(scale_site, RECONNECTS) == ["1"]


def test_events_share_connections(scale_site, replica):
    [connections] = shell(scale_site, EVENTS)
    assert int(connections) <= 2  # an event that comes while the pool opens its first has it open one more


def test_nobody_waits_while_somebody_asks_whether_it_is_back(scale_site, replica):
    assert shell(scale_site, WHILE_SOMEBODY_ASKS) == ["False", "True True"]


def test_reads_go_to_the_primary_while_nobody_can_tell(scale_site, replica):
    state = scale_site.redis["state"]
    state.stop()
    try:
        assert shell(scale_site, READ) == ["default"]
    finally:
        state.start()


def doctor(site):
    printed = site.run("manage.py", "doctor", "--port", str(free_port()), check=False).stdout
    return next(line for line in printed.splitlines() if line[9:].startswith("replica"))


def test_doctor(scale_site, replica):
    assert "has all that was written" in doctor(scale_site)
    replica.pause()
    try:
        scale_site.postgres.sql("DROP TABLE IF EXISTS anything; CREATE TABLE anything ()")
        assert "has not what was written" in doctor(scale_site)
    finally:
        replica.resume()
    replica.stop()
    try:
        assert "no answer" in doctor(scale_site)
    finally:
        replica.start()
