"""Redis over TLS, with a named user and a certificate of one's own authority, for all that speaks to it."""

import httpx
import pytest

from tests import rendering
from tests.matrix import DEFAULT
from tests.services import Redis, Server, free_port, self_signed, wait_until
from tests.site import Site
from tests.visit import Visit, take

PASSWORD = "tls-server-secret"
ADDRESS = "localhost"


class TLSRedis(Redis):
    """Redis that also speaks TLS, on a second port and to a user with a name."""

    def __init__(self, folder, certificate, key):
        self.tls_port = free_port()
        options = [
            "--tls-port", str(self.tls_port), "--tls-cert-file", certificate, "--tls-key-file", key,
            "--tls-ca-cert-file", certificate, "--tls-auth-clients", "no",
            "--user", "app", "on", f">{PASSWORD}", "~*", "&*", "+@all",
        ]  # fmt: skip
        super().__init__(folder, options=options)

    def secure(self, database: int, authority) -> str:
        query = f"?ssl_ca_certs={authority}" if authority else ""
        return f"rediss://app:{PASSWORD}@{ADDRESS}:{self.tls_port}/{database}{query}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def certificates(folder):
    """The server's own certificate, and one that it doesn't have."""
    made = []
    for name in ("own", "other"):
        (folder / name).mkdir()
        made.append(self_signed(folder / name, ADDRESS))
    return made


@pytest.fixture(scope="module")
def redis(folder, certificates):
    with TLSRedis(folder, *certificates[0]) as server:
        yield server


@pytest.fixture(scope="module")
def site(services, redis, tmp_path_factory):
    site = Site(rendering.project_of(DEFAULT), services, tmp_path_factory.mktemp("site"), DEFAULT)
    site.env["WEB_CONCURRENCY"] = "1"
    return site.prepare()


def variables(redis, authority) -> dict[str, str]:
    names = ("REDIS_STATE_URL", "REDIS_CHANNEL_URL", "CELERY_BROKER_URL")
    return {name: redis.secure(database, authority) for database, name in enumerate(names)}


def wrong(site, **env) -> list[str]:
    printed = site.run("manage.py", "doctor", "--port", str(free_port()), check=False, **env).stdout
    assert PASSWORD not in printed
    return [line[9:23].strip() for line in printed.splitlines() if line.startswith("  wrong")]


def failing(web) -> list[str]:
    return httpx.get(web.base + "/health/ready", timeout=10).json().get("failing", [])


def test_everything_speaks_tls(site, redis, certificates):
    env = variables(redis, certificates[0][0])
    assert wrong(site, **env) == []
    site.env |= env
    with Visit(site) as visit:
        wait_until(lambda: failing(visit.webs[0]) == [], "all parts ready")
        assert take(visit, ("upload_to_push", "presence")) == {}
    command = [site.python, "-m", "celery", "-A", "config", "beat", "--loglevel", "INFO"]
    with Server("beat", command, site.folder, env=site.env, ready="Acquired lock"):
        pass
    assert PASSWORD not in site.written()
    assert {database for database in range(3) if redis.cli("DBSIZE", database=database) != "0"} >= {0, 2}


@pytest.mark.parametrize("authority", ["other", "none"])
def test_a_certificate_of_somebody_else_is_refused(site, redis, certificates, authority):
    env = variables(redis, certificates[1][0] if authority == "other" else None)
    assert wrong(site, **env) == ["state", "channel", "broker"]
    with site.gunicorn(**env) as web:
        wait_until(lambda: failing(web) == ["state", "channel", "broker"], "all to be named")


def test_without_the_guard_celery_would_trust_any_certificate(site, redis):
    prod = site.folder / "config/settings/prod.py"
    text = prod.read_text()
    guard = 'CELERY_BROKER_USE_SSL = {"ssl_cert_reqs": "required"}'
    assert guard in text
    # With a transport of its own in the URL's place, kombu would even speak without TLS.
    prod.write_text(text.replace(guard, "pass").replace("CELERY_BROKER_TRANSPORT =", "UNUSED ="))
    try:
        code = "from config.celery import app; app.connection_for_write().ensure_connection(max_retries=0)"
        site.run("-c", code, **variables(redis, None))
    finally:
        prod.write_text(text)
