"""60 tasks before a worker that is full with fewer: beat publishes the number 60, with each broker."""

import contextlib
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests import matrix, rendering
from tests.services import AWS, Server, wait_until
from tests.site import Site

TASKS = 60
NAP = "\n\n@shared_task\ndef nap():\n    __import__('time').sleep(300)\n"
NOTHING_OF_ITS_OWN = "\nCELERY_BEAT_SCHEDULE = {}\n"  # beat would queue one more where five minutes begin
QUEUE = f"from apps.core.tasks import nap\nfor _ in range({TASKS}): nap.delay()"


def site_of(answers, services, folder) -> Site:
    """Return a site with a task that takes long, and no others; none of this takes a database."""
    combination = matrix.resolve(matrix.FIRST | matrix.only(answers))
    site = Site(rendering.project_of(combination), services, folder, combination).begin_anew()
    with (site.folder / "apps/core/tasks.py").open("a") as tasks:
        tasks.write(NAP)
    with (site.folder / "config/settings/celery.py").open("a") as settings:
        settings.write(NOTHING_OF_ITS_OWN)
    return site


def backlog(beat: Server) -> float | None:
    """Return what beat serves; None where the number is missing."""
    lines = httpx.get(beat.metrics, timeout=30).text.splitlines()
    return next((float(line.split()[1]) for line in lines if line.startswith("queue_backlog ")), None)


@contextlib.contextmanager
def full_worker(site: Site, running: int) -> Iterator[None]:
    """Queue the tasks and have a worker run as many at a time as it can."""
    with site.worker(f"--concurrency={running}") as worker:
        site.manage("shell", "-c", QUEUE)
        wait_until(lambda: worker.log.read_text().count("nap[") >= running, "a full worker")
        yield
        worker.stop(signal.SIGKILL)


@pytest.mark.parametrize(
    ("answers", "running"),
    [("", 20), ("celery=prefork", 2), ("broker=rabbitmq", 20), ("cloud=aws broker=sqs", 20)],
)
def test_a_full_worker_hides_nothing(answers, running, services, tmp_path):
    site = site_of(answers, services, tmp_path)
    with full_worker(site, running), site.beat() as beat:
        # RabbitMQ counts every 5 s, perhaps in the middle of their arrival.
        wait_until(lambda: backlog(beat) == TASKS, f"a backlog of {TASKS}")
        if isinstance(site.broker, AWS):
            wait_until(lambda: in_cloudwatch(site) == [TASKS], "CloudWatch to have it")


def test_tasks_that_are_acknowledged_early_are_hidden(services, tmp_path):
    site = site_of("", services, tmp_path)
    settings = site.folder / "config/settings/celery.py"
    settings.write_text(settings.read_text().replace("ACKS_LATE = True", "ACKS_LATE = False"))
    with full_worker(site, 20), site.beat() as beat:
        wait_until(lambda: backlog(beat) is not None, "the backlog")
        assert backlog(beat) < TASKS


def in_cloudwatch(site: Site) -> list[float]:
    now = datetime.now(UTC)
    found = site.broker.operator("cloudwatch").get_metric_statistics(
        Namespace="my_djust_app", MetricName="QueueBacklog", Statistics=["Maximum"], Period=60,
        StartTime=now - timedelta(minutes=5), EndTime=now + timedelta(minutes=1),
    )  # fmt: skip
    return [point["Maximum"] for point in found["Datapoints"]]
