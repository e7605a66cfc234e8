"""Connections through a pooler: what changing connections would break, and who gets in."""

import json
import socket
import ssl
import struct
import threading
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest

from tests import rendering
from tests.aws import REGION
from tests.matrix import FIRST, only, resolve
from tests.services import free_port, over_tls, self_signed
from tests.site import DATABASE, Site

CHANGES_CONNECTIONS = """
import json, sys
import django
from django.conf import settings
change = json.loads(sys.argv[1])
settings.DATABASES["default"]["OPTIONS"] |= change.pop("OPTIONS", {})
settings.DATABASES["default"] |= change
django.setup()
from django.contrib.auth.models import Permission
from django.db import connections

rows = Permission.objects.order_by("pk").iterator(chunk_size=2)
next(rows)
# Somebody else's transaction gets the connection of PostgreSQL that has just been used.
other = connections.create_connection("default")
other.set_autocommit(False)
list(Permission.objects.order_by("pk")[:1])
other.cursor().execute('SELECT "django_session"."session_key" FROM "django_session"')
print("rows:", 1 + len(list(rows)))
"""
CONNECT = "import django; django.setup(); from django.db import connection; connection.ensure_connection()"


def project_with(answers, services, folder) -> Site:
    combination = resolve(FIRST | only(answers))
    return Site(rendering.project_of(combination), services, folder, combination)


@pytest.fixture(scope="module")
def pooled(services, tmp_path_factory):
    site = project_with("tier=production celery=none", services, tmp_path_factory.mktemp("pooled"))
    return site.prepare()


@pytest.fixture(scope="module")
def managed(pooled, services, tmp_path_factory):
    """The project for RDS Proxy, on the database that is prepared already."""
    folder = tmp_path_factory.mktemp("managed")
    site = project_with("tier=production cloud=aws celery=none", services, folder)
    site.env |= {"AWS_REGION": REGION}
    site.manage("collectstatic", "--noinput", "--verbosity", "0")
    return site


def doctor(site, **env: str) -> dict[str, str]:
    """Return what `make doctor` finds wrong, with how to mend it."""
    done = site.run("manage.py", "doctor", "--port", str(free_port()), check=False, **env)
    assert site.postgres.PASSWORD not in done.stdout
    lines = done.stdout.splitlines()
    return {
        line[9:23].strip(): line[23:] + mend for line, mend in pairwise(lines) if line.startswith("  wrong")
    }


def test_all_is_well(pooled, managed):
    assert doctor(pooled) == {}
    assert doctor(managed) == {}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({}, ""),
        ({"DISABLE_SERVER_SIDE_CURSORS": False}, "InvalidCursorName"),
        # Django leaves both off. Without the first, the second does nothing.
        ({"OPTIONS": {"server_side_binding": True, "prepare_threshold": 0}}, "DuplicatePreparedStatement"),
    ],
)
def test_statements_on_changing_connections(pooled, change, error):
    done = pooled.run("-c", CHANGES_CONNECTIONS, json.dumps(change), check=False, LOG_LEVEL="ERROR")
    if error:
        assert error in done.stdout
    else:
        rows = pooled.postgres.sql("SELECT count(*) FROM auth_permission", DATABASE)
        assert done.stdout.strip() == f"rows: {rows}"


def test_pooler_that_is_away_keeps_no_release_from_migrating(pooled):
    pooler = pooled.services.pooler("pgbouncer")
    pooler.stop()
    try:
        pooled.manage(*pooled.migration)
        assert doctor(pooled).keys() == {"database"}
    finally:
        pooler.start()


def test_database_past_the_pooler_has_a_name_of_its_own(pooled):
    found = doctor(pooled, DATABASE_DIRECT_URL=f"postgresql://ada@127.0.0.1:{free_port()}/site")
    assert "DATABASE_DIRECT_URL" in found.pop("direct")
    assert not found


def test_wrong_password_is_refused(pooled):
    wrong = pooled.env["DATABASE_URL"].replace(pooled.postgres.PASSWORD, "guessed")
    assert doctor(pooled, DATABASE_URL=wrong).keys() == {"database"}


def test_plain_text_is_refused(pooled, managed):
    found = doctor(managed, DATABASE_URL=pooled.env["DATABASE_URL"] + "?sslmode=require")
    assert "switch TLS on" in found["database"]


def test_certificate_of_somebody_else_is_refused(managed, tmp_path):
    stranger, _ = self_signed(tmp_path, "localhost")
    url = managed.env["DATABASE_URL"].partition("?")[0]
    assert "sslrootcert" in doctor(managed, DATABASE_URL=over_tls(url, stranger))["database"]


class Listener(threading.Thread):
    """What RDS Proxy does at first: it takes TLS only, asks for the password as it is, and keeps it."""

    def __init__(self, certificate, key):
        super().__init__(daemon=True)
        self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.tls.load_cert_chain(certificate, key)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.password = ""

    def run(self):
        plain, _ = self.socket.accept()
        assert plain.recv(8) == struct.pack(">II", 8, 80877103)  # SSLRequest
        plain.sendall(b"S")
        with self.tls.wrap_socket(plain, server_side=True) as client:
            client.recv(4096)  # StartupMessage
            client.sendall(b"R" + struct.pack(">II", 8, 3))  # AuthenticationCleartextPassword
            self.password = client.recv(4096)[5:-1].decode()  # PasswordMessage


def test_role_logs_in_with_a_token_of_its_own(managed):
    """Proven is what is sent, to whom and how. Whether AWS takes it, only AWS can say."""
    certificate, key = managed.postgres.encrypt()
    env = {
        "DATABASE_IAM_AUTH": "true", "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "any",
    }  # fmt: skip
    tokens = []
    for user in ("ada", "grace"):
        with (listener := Listener(certificate, key)).socket:
            listener.start()
            url = over_tls(f"postgresql://{user}@127.0.0.1:{listener.port}/{DATABASE}", certificate)
            assert managed.run("-c", CONNECT, check=False, DATABASE_URL=url, **env).returncode
            listener.join(10)
        token = urlsplit(f"//{listener.password}")
        query = parse_qs(token.query)
        assert token.netloc == f"localhost:{listener.port}"
        assert query["Action"] == ["connect"]
        assert query["DBUser"] == [user]
        assert query["X-Amz-Expires"] == ["900"]
        assert query["X-Amz-Credential"][0].startswith("AKIAEXAMPLE/")
        assert f"/{REGION}/rds-db/" in query["X-Amz-Credential"][0]
        tokens += query["X-Amz-Signature"]
    assert tokens[0] != tokens[1]
