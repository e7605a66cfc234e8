"""A rendered project in production settings, with real services around it."""

import contextlib
import functools
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from tests import environment, rendering
from tests.cdn import CDN
from tests.client import Browser
from tests.commands import attempt
from tests.matrix import DEFINITION, FIRST, Answers, resolve
from tests.pgbouncer import PgBouncer
from tests.redis_cluster import RedisCluster
from tests.replica import Replica
from tests.services import (
    AWS,
    START_TIMEOUT,
    Google,
    Nginx,
    OpenSearch,
    Postgres,
    RabbitMQ,
    Redis,
    Server,
    free_port,
    over_tls,
    self_signed,
)

HOST = DEFINITION["domain_name"]
DATABASE = "site"
PASSWORD = "correct horse battery"
USERS = ("ada", "grace")
CREATE_USERS = (
    "from django.contrib.auth import get_user_model as model\n"
    f"for name in {USERS}: model().objects.create_user(name, password={PASSWORD!r})"
)
# A password for each, to look for it where it must not be.
SECRETS = {
    name: f"{name}-server-secret"
    for name in ("state", "channel", "broker", "rabbitmq", "cluster", "cache", "opensearch")
}


# The files of a project that say how its migrations run, and how its static files are collected.
MIGRATING = re.compile(r"apps/\w+/migrations/\w+\.py|config/(settings/base|databases|routers)\.py")
COLLECTING = re.compile(
    r"apps/\w+/static/.+|config/(settings/base|storages|s3|gcs|r2)\.py|.+/commands/upload_static\.py"
)


class Services:
    """PostgreSQL, and one Redis for each purpose, shared by the sites of a test process.

    The servers of Redis have the configuration that the projects bring with them.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.postgres = Postgres(folder / "postgres")
        self.config = rendering.project_of(resolve(FIRST | {"tier": "scale"})) / "deploy/redis"
        self.redis = {name: self._redis(name) for name in ("state", "channel", "broker")}
        self.brokers: dict[str, Server] = {"redis": self.redis["broker"]}
        self.migrated: set[str] = set()  # databases to copy
        self.opensearch: OpenSearch | None = None
        self.cdns: dict[str, CDN] = {}
        self.poolers: dict[str, PgBouncer] = {}
        self.running = contextlib.ExitStack()

    def _redis(self, name: str, config: str = "redis.conf") -> Redis:
        return Redis(self.folder, password=SECRETS[name], config=self.config / config)

    @property
    def by_part(self) -> dict[str, Server]:
        """Return each service under the name that /health/ready has for it."""
        return {"database": self.postgres, **self.redis}

    @cached_property
    def at_scale(self) -> dict[str, Redis | RedisCluster]:
        """Return what the scale tier has in place of two of them, by part; started for its first site."""
        cluster = RedisCluster(self.folder, password=SECRETS["cluster"], config=self.config / "cluster.conf")
        second, cache = self._redis("channel"), self._redis("cache", "cache.conf")
        for server in (cluster, second, cache):
            self.running.enter_context(server)
        return {"state": cluster, "channel 1": self.redis["channel"], "channel 2": second, "cache": cache}

    def broker(self, kind: str) -> Server:
        """Return the broker of that kind; those that few sites want are started for the first of them."""
        if kind not in self.brokers:
            if kind == "rabbitmq":
                server = RabbitMQ(self.folder / "rabbitmq", password=SECRETS["rabbitmq"])
            else:
                server = AWS(self.folder)
            self.brokers[kind] = self.running.enter_context(server)
        return self.brokers[kind]

    def search(self) -> OpenSearch:
        """Return what stands in for OpenSearch, started for the first site that wants it."""
        if self.opensearch is None:
            self.opensearch = self.running.enter_context(
                OpenSearch(self.folder, password=SECRETS["opensearch"])
            )
        return self.opensearch

    def cdn(self, cloud: str) -> CDN:
        """Return the CDN of that cloud, with its buckets; both are started for the first that wants them."""
        if cloud not in self.cdns:
            if cloud == "gcp":
                buckets = self.running.enter_context(Google(self.folder / "google"))
            else:
                buckets = self.broker("sqs")
            self.cdns[cloud] = self.running.enter_context(CDN(self.folder / f"cdn-{cloud}", cloud, buckets))
        return self.cdns[cloud]

    def pooler(self, kind: str) -> PgBouncer:
        """Return the pooler of that kind, with TLS where a cloud's stands; started for the first site."""
        if kind not in self.poolers:
            cloud, tls = ("aws", self.postgres.encrypt()) if kind == "managed" else ("self-hosted", None)
            project = rendering.project_of(resolve(FIRST | {"tier": "production", "cloud": cloud}))
            server = PgBouncer(
                self.folder / kind, project / "deploy/pgbouncer", self.postgres.url(DATABASE), tls
            )
            self.poolers[kind] = self.running.enter_context(server)
        return self.poolers[kind]

    @functools.cached_property
    def replica(self) -> Replica:
        return self.running.enter_context(Replica(self.folder / "replica", self.postgres))


@contextlib.contextmanager
def services() -> Iterator[Services]:
    # Not in pytest's own folder, which is closed to the user that PostgreSQL runs as.
    with TemporaryDirectory(prefix="services-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        started = Services(folder)
        stack.enter_context(started.running)
        for server in started.by_part.values():
            stack.enter_context(server)
        yield started


class Site:
    """A copy of a rendered project that has its own database and the environment of production."""

    def __init__(self, project: Path, services: Services, folder: Path, combination: Answers):
        self.services, self.combination = services, combination
        self.postgres = services.postgres
        self.redis: dict[str, Redis | RedisCluster] = services.redis
        if combination["tier"] == "scale":
            self.redis = services.at_scale | {"broker": services.redis["broker"]}
        self.folder = folder / "project"
        shutil.copytree(project, self.folder)
        self.logs = folder / "logs"
        self.logs.mkdir()
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.python = str(environment.python())
        example = (project / ".env.example").read_text()
        self.proxy = re.search(r"^TRUSTED_PROXY=(.+)$", example, re.MULTILINE)[1]
        self.env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {
            "DJANGO_SETTINGS_MODULE": "config.settings.prod",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(self.temporary),
            "SECRET_KEY": "secret-key-" + "x" * 50,
            "ALLOWED_HOSTS": HOST,
            "DATABASE_URL": self.postgres.url(DATABASE),
            "DATABASE_DIRECT_URL": self.postgres.url(DATABASE),
            "TRUSTED_PROXY": self.proxy,
            "REDIS_STATE_URL": self.redis["state"].url(),
            **self._channels_and_cache(),
            "WEB_CONCURRENCY": "2",
        }
        if combination["database_pooling"] != "direct":
            pooler, direct = services.pooler(combination["database_pooling"]), self.postgres.url(DATABASE)
            self.env |= {
                "DATABASE_URL": pooler.url(),
                "DATABASE_DIRECT_URL": over_tls(direct, pooler.tls[0]) if pooler.tls else direct,
            }
        if combination["tier"] == "scale":
            replica = services.replica.url(DATABASE)
            self.env["DATABASE_REPLICA_URL"] = over_tls(replica, pooler.tls[0]) if pooler.tls else replica
        self.broker = None if combination["broker"] == "none" else services.broker(combination["broker"])
        self.cdn = services.cdn(combination["cloud"]) if combination["static_media"] == "cdn" else None
        if self.cdn:
            self.env |= self.cdn.variables
        match self.broker:
            case AWS():
                self.env |= self.broker.variables
            case RabbitMQ():
                self.env |= {
                    "CELERY_BROKER_URL": self.broker.url(),
                    "RABBITMQ_MANAGEMENT_URL": self.broker.management,
                }
            case Redis():
                self.env["CELERY_BROKER_URL"] = self.broker.url()
        if region := re.search(r"^AWS_REGION=(.+)$", example, re.MULTILINE):
            self.env["AWS_REGION"] = region[1]
        self.search = services.search() if combination["tier"] == "scale" else None
        if self.search:
            self.env["OPENSEARCH_URL"] = self.search.url()

    def _channels_and_cache(self) -> dict[str, str]:
        if self.combination["tier"] != "scale":
            return {"REDIS_CHANNEL_URL": self.redis["channel"].url()}
        channels = [server.url() for part, server in self.redis.items() if part.startswith("channel")]
        return {"REDIS_CHANNEL_URLS": ",".join(channels), "REDIS_CACHE_URL": self.redis["cache"].url()}

    @property
    def parts(self) -> dict[str, Server]:
        """Return each server that the site depends on, under the name that /health/ready has for it."""
        own = {"database": self.postgres, **self.redis, "broker": self.broker, "cache": None}
        return {name: server for name, server in own.items() if server}

    def begin_anew(self) -> "Site":
        """Empty Redis and the broker, which sites share."""
        for redis in self.redis.values():
            redis.cli("FLUSHALL")
        match self.broker:
            case RabbitMQ() | AWS():
                self.broker.begin_anew()
        return self

    def prepare(self) -> "Site":
        """Empty what sites share, and bring the project to where a deployment starts its servers."""
        self.begin_anew()
        self.migrate()
        if (aurora := self.folder / "deploy/local/aws/aurora.sql").exists():
            self.postgres.sql(aurora.read_text(), DATABASE)
        if self.search:
            self.search.begin_anew()
            self.manage("search_index")
        self.collect_static()
        return self

    def migrate(self) -> None:
        """Give the site a database with its tables and users: a copy, where its migrations have been run."""
        self.postgres.sql(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        original = f"migrated_{self.digest(MIGRATING)}"
        if original in self.services.migrated:
            self.postgres.sql(f"CREATE DATABASE {DATABASE} TEMPLATE {original}")
            return
        self.postgres.create_database(DATABASE)
        self.manage(*self.migration, "--verbosity", "0")
        self.manage("shell", "-c", CREATE_USERS)
        self.postgres.hang_up(DATABASE)  # on a pooler, which keeps connections
        self.postgres.sql(f"CREATE DATABASE {original} TEMPLATE {DATABASE}")
        self.services.migrated.add(original)

    def collect_static(self) -> None:
        """Collect static files, and bring them to the CDN; or copy what another site has collected alike."""
        own = self.folder / "staticfiles"
        buckets = self.cdn.buckets.process.pid if self.cdn else ""  # they are empty after a restart
        collected = self.services.folder / f"static_{self.digest(COLLECTING)}_{buckets}"
        if collected.exists():
            shutil.copytree(collected, own, dirs_exist_ok=True)
            return
        self.manage("collectstatic", "--noinput", "--verbosity", "0")
        if self.cdn:
            self.manage("upload_static")
        shutil.copytree(own, collected)

    def digest(self, deciding: re.Pattern) -> str:
        contents = rendering.files(self.folder)
        return rendering.digest({path: contents[path] for path in filter(deciding.fullmatch, contents)})[:16]

    @property
    def migration(self) -> list[str]:
        """Return the command of manage.py that the README gives for a release."""
        readme = (self.folder / "README.md").read_text()
        return re.search(r"`python manage.py (migrate[^&]*) &&", readme)[1].split()

    def manage(self, *arguments: str, **env: str) -> str:
        """Run manage.py and return what it prints; raises AssertionError where it fails."""
        return self.run("manage.py", *arguments, **env).stdout

    def run(self, *arguments: str, check: bool = True, **env: str) -> subprocess.CompletedProcess:
        """Run Python in the project; raises AssertionError where it fails and `check` is set."""
        done = attempt(self.python, *arguments, cwd=self.folder, env=self.env | env)
        assert not check or done.returncode == 0, done.stdout
        return done

    def gunicorn(self, *options: str, prefix: tuple[str, ...] = (), **env: str) -> "Web":
        """Return the web server, to be started; `prefix` is what its command line begins with."""
        return Web(self, prefix, options, env)

    def worker(self, *options: str, **env: str) -> Server:
        """Return the Celery worker, to be started."""
        options = (f"--pool={self.combination['celery']}", *(options or ["--concurrency=4"]))
        return self.celery("worker", *options, ready=" ready.", **env)

    def beat(self, **env: str) -> Server:
        """Return Celery's beat, to be started."""
        return self.celery("beat", ready="Acquired lock", **env)

    def celery(self, name: str, *options: str, ready: str, **env: str) -> Server:
        metrics = free_port()
        command = [self.python, "-m", "celery", "--quiet", "-A", "config", name, *options]
        env = self.env | {"METRICS_PORT": str(metrics)} | env
        server = Server(name, command, self.folder, env=env, ready=ready)
        server.log = self.logs / f"{name}.log"
        server.metrics = f"http://127.0.0.1:{metrics}/metrics"
        return server

    def nginx(self, webs: Sequence["Web"]) -> "Proxy":
        proxy = Proxy(self.folder, self.logs.parent, [f"127.0.0.1:{web.port}" for web in webs])
        proxy.log = self.logs / proxy.log.name
        return proxy

    def written(self) -> str:
        """Return all that the servers have logged."""
        return "\n".join(log.read_text() for log in sorted(self.logs.glob("*.log")))

    def last_lines(self, count: int = 15, width: int = 500) -> str:
        """Return how each server's log ends, to be printed where a test has failed."""
        return "\n".join(
            f"--- {log.name}\n" + "\n".join(line[:width] for line in log.read_text().splitlines()[-count:])
            for log in sorted(self.logs.glob("*.log"))
        )


class Web(Server):
    """gunicorn under the project's own configuration."""

    def __init__(self, site: Site, prefix: tuple[str, ...], options: tuple[str, ...], env: dict[str, str]):
        port, metrics = free_port(), free_port()
        env = {"METRICS_PORT": str(metrics)} | env
        command = [
            *prefix, site.python, "-m", "gunicorn", "-c", "config/gunicorn.py", *options,
            "-b", f"127.0.0.1:{port}", "config.asgi:application",
        ]  # fmt: skip
        super().__init__(f"web-{port}", command, site.folder, port=port, env=site.env | env)
        self.log = site.logs / f"web-{port}.log"
        self.base = f"http://127.0.0.1:{port}"
        self.metrics = f"http://127.0.0.1:{metrics}/metrics"
        self.chain = "{address}, 10.0.0.1" if site.proxy == "gcp-lb" else "{address}"

    def _started(self) -> bool:
        # It listens before its workers can answer, whatever that answer is.
        if super()._started():
            with contextlib.suppress(httpx.TransportError):
                return bool(httpx.get(f"{self.base}/health/live", timeout=START_TIMEOUT).status_code)
        return False

    def browser(self, address: str = "203.0.113.7", host: str = f"https://{HOST}", **headers: str) -> Browser:
        """Return a visitor who comes from an address, through a proxy that the tests stand in for."""
        forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": self.chain.format(address=address)}
        return Browser(self.base, host, forwarded | headers)

    def workers(self) -> list[int]:
        """Return the process numbers of gunicorn's workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]


class Proxy(Nginx):
    """The rendered nginx, with a certificate of the tests' own, in front of web servers at some addresses."""

    TEMPLATE = "deploy/nginx/templates/default.conf.template"

    def __init__(self, project: Path, folder: Path, webs: Sequence[str], **variables: object):
        self.plain_port, port = free_port(), free_port()
        self.certificate, key = self_signed(folder, HOST)
        defaults = {
            "DOMAIN": HOST,
            "HTTPS_PORT": 443,
            # In production one name stands for the addresses of all servers.
            "WEB_ADDRESS": "; server ".join(webs),
            "NGINX_LOCAL_RESOLVERS": "127.0.0.1",
            "REAL_IP_FROM": "unix:",
            "TLS_CERTIFICATE": self.certificate,
            "TLS_CERTIFICATE_KEY": key,
            "STATIC_ROOT": project / "staticfiles",
            "MEDIA_ROOT": project / "media",
            "ACME_ROOT": folder / "acme",
        }
        super().__init__(
            folder,
            project / self.TEMPLATE,
            variables=defaults | variables,
            ports={8080: self.plain_port, 8443: port},
        )
        self.base = f"https://127.0.0.1:{port}"

    def browser(self, host: str = f"https://{HOST}", **headers: str) -> Browser:
        context = ssl.create_default_context(cafile=self.certificate)
        return Browser(self.base, host, headers, tls=context)
