"""The rendered project in production settings: one PostgreSQL, one Redis for each purpose, gunicorn."""

import os
import subprocess
from contextlib import ExitStack
from pathlib import Path

from tests import environment
from tests.client import Browser
from tests.rendering import render
from tests.services import Postgres, Redis, Server, free_port

HOST = "example.com"
PASSWORD = "correct horse battery"
ENVIRONMENT = ("PATH", "HOME", "LANG", "TMPDIR")


class Site:
    """A rendered project, its services and the environment that ties them together."""

    def __init__(self, folder: Path, **answers: str):
        self.folder = render({"project_slug": "shop"} | answers, folder).project
        self.python = str(environment.python())
        logs = folder / "services"
        logs.mkdir()
        self.services = ExitStack()
        self.postgres = Postgres(logs / "postgres")
        # A password each, to look for it where it must not be.
        self.redis = {name: Redis(logs, password=f"{name}-secret") for name in ("state", "channel", "broker")}
        self.env = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ} | {
            "DJANGO_SETTINGS_MODULE": "config.settings.prod",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SECRET_KEY": "secret-key-" + "x" * 50,
            "ALLOWED_HOSTS": HOST,
            "TRUSTED_PROXY": "nginx",
            "REDIS_STATE_URL": self.redis["state"].url(),
            "REDIS_CHANNEL_URL": self.redis["channel"].url(),
            "CELERY_BROKER_URL": self.redis["broker"].url(),
            "ASGI_SERVE_STATIC": "true",
            "WEB_CONCURRENCY": "1",
        }

    def start(self) -> "Site":
        for service in (self.postgres, *self.redis.values()):
            self.services.enter_context(service)
        self.env["DATABASE_URL"] = self.postgres.create_database("shop")
        self.manage("migrate")
        self.manage("collectstatic", "--noinput")
        self.manage(
            "shell", "-c", "from django.contrib.auth import get_user_model as m;"
            f"[m().objects.create_user(name, password={PASSWORD!r}) for name in ('ada', 'grace')]",
        )  # fmt: skip
        return self

    def stop(self) -> None:
        self.services.close()

    def manage(self, *arguments: str, **env: str) -> str:
        """Run manage.py and return what it prints; raises CalledProcessError where it fails."""
        return self.run("manage.py", *arguments, **env).stdout

    def run(self, *arguments: str, check: bool = True, **env: str) -> subprocess.CompletedProcess:
        done = subprocess.run(
            [self.python, *arguments], cwd=self.folder, env=self.env | env, capture_output=True, text=True
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def gunicorn(self, *options: str, prefix: tuple[str, ...] = (), **env: str) -> "Web":
        """Return the web server, to be started; `prefix` is what its command line begins with."""
        return Web(self, prefix, options, env)


class Web(Server):
    """gunicorn under the project's own configuration."""

    def __init__(self, site: Site, prefix: tuple[str, ...], options: tuple[str, ...], env: dict[str, str]):
        port = free_port()
        command = [
            *prefix, site.python, "-m", "gunicorn", "-c", "config/gunicorn.py", *options,
            "-b", f"127.0.0.1:{port}", "config.asgi:application",
        ]  # fmt: skip
        super().__init__(f"web-{port}", command, site.folder, port=port, env=site.env | env)
        self.log = site.folder.parent / f"web-{port}.log"
        self.base = f"http://127.0.0.1:{port}"

    def browser(self, address: str = "203.0.113.7", host: str = f"https://{HOST}", **headers: str) -> Browser:
        """Return a visitor who comes through the proxy from an address."""
        return Browser(self.base, host, {"X-Forwarded-Proto": "https", "X-Forwarded-For": address} | headers)
