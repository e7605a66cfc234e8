"""A rendered project in production settings, with real services around it."""

import contextlib
import json
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import environment
from tests.client import Browser
from tests.commands import attempt
from tests.matrix import DEFINITION, Answers
from tests.services import SQS, Nginx, Postgres, RabbitMQ, Redis, Server, free_port, self_signed

HOST = DEFINITION["domain_name"]
DATABASE = "site"
PASSWORD = "correct horse battery"
USERS = ("ada", "grace")
CREATE_USERS = (
    "from django.contrib.auth import get_user_model as model\n"
    f"for name in {USERS}: model().objects.create_user(name, password={PASSWORD!r})"
)
# A password for each, to look for it where it must not be.
SECRETS = {name: f"{name}-server-secret" for name in ("state", "channel", "broker", "rabbitmq")}


class Services:
    """PostgreSQL, and one Redis for each purpose, shared by the sites of a test process."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.postgres = Postgres(folder / "postgres")
        self.redis = {name: Redis(folder, password=SECRETS[name]) for name in ("state", "channel", "broker")}
        self.brokers: dict[str, Server] = {"redis": self.redis["broker"]}
        self.running = contextlib.ExitStack()

    @property
    def by_part(self) -> dict[str, Server]:
        """Return each service under the name that /health/ready has for it."""
        return {"database": self.postgres, **self.redis}

    def broker(self, kind: str) -> Server:
        """Return the broker of that kind; those that few sites want are started for the first of them."""
        if kind not in self.brokers:
            rabbitmq = RabbitMQ(self.folder / "rabbitmq", password=SECRETS["rabbitmq"])
            server = rabbitmq if kind == "rabbitmq" else SQS(self.folder)
            self.brokers[kind] = self.running.enter_context(server)
        return self.brokers[kind]


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
        self.postgres, self.redis = services.postgres, services.redis
        self.folder = folder / "project"
        shutil.copytree(project, self.folder)
        self.logs = folder / "logs"
        self.logs.mkdir()
        self.python = str(environment.python())
        example = (project / ".env.example").read_text()
        self.proxy = re.search(r"^TRUSTED_PROXY=(.+)$", example, re.MULTILINE)[1]
        self.env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {
            "DJANGO_SETTINGS_MODULE": "config.settings.prod",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SECRET_KEY": "secret-key-" + "x" * 50,
            "ALLOWED_HOSTS": HOST,
            "DATABASE_URL": self.postgres.url(DATABASE),
            "TRUSTED_PROXY": self.proxy,
            "REDIS_STATE_URL": self.redis["state"].url(),
            "REDIS_CHANNEL_URL": self.redis["channel"].url(),
            "WEB_CONCURRENCY": "2",
            # Until object storage is wired, the app itself serves what a CDN would.
            "ASGI_SERVE_STATIC": json.dumps(combination["static_media"] != "nginx"),
        }
        self.broker = None if combination["broker"] == "none" else services.broker(combination["broker"])
        match self.broker:
            case SQS():
                self.env |= self.broker.variables
            case Redis() | RabbitMQ():
                self.env["CELERY_BROKER_URL"] = self.broker.url()

    @property
    def parts(self) -> dict[str, Server]:
        """Return each server that the site depends on, under the name that /health/ready has for it."""
        own = self.services.by_part | {"broker": self.broker}
        return {name: server for name, server in own.items() if server}

    def prepare(self) -> "Site":
        """Empty what sites share, and bring the project to where a deployment starts its servers."""
        for redis in self.redis.values():
            redis.cli("FLUSHALL")
        match self.broker:
            case RabbitMQ() | SQS():
                self.broker.begin_anew()
        self.postgres.sql(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        self.postgres.create_database(DATABASE)
        self.manage("migrate", "--verbosity", "0")
        self.manage("collectstatic", "--noinput", "--verbosity", "0")
        self.manage("shell", "-c", CREATE_USERS)
        return self

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

    def worker(self) -> Server:
        """Return the Celery worker, to be started."""
        command = [
            self.python, "-m", "celery", "-A", "config", "worker",
            f"--pool={self.combination['celery']}", "--concurrency=4",
        ]  # fmt: skip
        server = Server("worker", command, self.folder, env=self.env, ready=" ready.")
        server.log = self.logs / "worker.log"
        return server

    def nginx(self, webs: Sequence["Web"]) -> "Proxy":
        return Proxy(self, webs)

    def written(self) -> str:
        """Return all that the servers have logged."""
        return "\n".join(log.read_text() for log in sorted(self.logs.glob("*.log")))


class Web(Server):
    """gunicorn under the project's own configuration."""

    def __init__(self, site: Site, prefix: tuple[str, ...], options: tuple[str, ...], env: dict[str, str]):
        port = free_port()
        command = [
            *prefix, site.python, "-m", "gunicorn", "-c", "config/gunicorn.py", *options,
            "-b", f"127.0.0.1:{port}", "config.asgi:application",
        ]  # fmt: skip
        super().__init__(f"web-{port}", command, site.folder, port=port, env=site.env | env)
        self.log = site.logs / f"web-{port}.log"
        self.base = f"http://127.0.0.1:{port}"
        self.chain = "{address}, 10.0.0.1" if site.proxy == "gcp-lb" else "{address}"

    def browser(self, address: str = "203.0.113.7", host: str = f"https://{HOST}", **headers: str) -> Browser:
        """Return a visitor who comes from an address, through a proxy that the tests stand in for."""
        forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": self.chain.format(address=address)}
        return Browser(self.base, host, forwarded | headers)

    def workers(self) -> list[int]:
        """Return the process numbers of gunicorn's workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]


class Proxy(Nginx):
    """The rendered nginx, with a certificate of the tests' own, in front of the web servers."""

    def __init__(self, site: Site, webs: Sequence[Web]):
        folder, port = site.logs.parent, free_port()
        self.certificate, key = self_signed(folder, HOST)
        self.plain_port = free_port()
        variables = {
            "HTTP_PORT": f"127.0.0.1:{self.plain_port}",
            "HTTPS_PORT": f"127.0.0.1:{port}",
            # In production one name stands for the addresses of all servers.
            "WEB_ADDRESS": "; server ".join(f"127.0.0.1:{web.port}" for web in webs),
            "TLS_CERTIFICATE": self.certificate,
            "TLS_CERTIFICATE_KEY": key,
            "STATIC_ROOT": site.folder / "staticfiles",
        }
        super().__init__(
            folder, site.folder / "deploy/nginx/templates/default.conf.template", variables, port=port
        )
        self.log = site.logs / f"nginx-{port}.log"
        self.base = f"https://127.0.0.1:{port}"

    def browser(self, host: str = f"https://{HOST}", **headers: str) -> Browser:
        context = ssl.create_default_context(cafile=self.certificate)
        return Browser(self.base, host, headers, tls=context)
