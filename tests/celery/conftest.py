"""A rendered project with its own dependencies, and real services for its workers."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import environment, rendering
from tests.services import Postgres, Redis, Server, free_port

HERE = Path(__file__).parent


class Project:
    """A rendered project that runs with proof.py beside it: tasks that are watched from outside."""

    def __init__(self, folder: Path, pool: str, postgres: Postgres, redis: Redis):
        self.pool, self.redis = pool, redis
        self.folder = rendering.render({"celery": pool}, folder).project
        self.bin = environment.python().parent
        for file in ("proof.py", "proof_settings.py"):
            shutil.copy(HERE / "project" / file, self.folder)
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "proof_settings",
            "PYTHONPATH": "",
            "SECRET_KEY": "x" * 50,
            "ALLOWED_HOSTS": "127.0.0.1",
            "DATABASE_URL": postgres.create_database(f"proof-{pool}"),
            "CELERY_BROKER_URL": redis.url(0),
            "REDIS_STATE_URL": redis.url(1),
            "REDIS_CHANNEL_URL": redis.url(2),
        }
        self.python("-m", "django", "migrate", "--verbosity", "0")

    def python(self, *arguments: str, env: dict[str, str] | None = None) -> str:
        """Run Python in the project and return what it printed."""
        done = subprocess.run(
            [self.bin / "python", *arguments], cwd=self.folder, env=env or self.env, text=True,
            capture_output=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def do(self, code: str) -> str:
        """Run statements that see everything of proof.py."""
        return self.python("-c", f"import django; django.setup()\nfrom proof import *\n{code}")

    def worker(self, *options: str, name: str = "worker", **env: str) -> Server:
        return self.celery(name, "worker", *(options or [f"--pool={self.pool}"]), ready=" ready.", **env)

    def celery(self, name: str, *arguments: str, ready: str, **env: str) -> Server:
        command = [self.bin / "celery", "--quiet", "-A", "config", *arguments]
        process = Server(name, command, self.folder, ready=ready, env=self.env | env)
        process.log.unlink(missing_ok=True)
        return process

    def web(self) -> Server:
        port = free_port()
        command = [self.bin / "uvicorn", "config.asgi:application", "--port", str(port), "--lifespan", "off"]
        return Server(f"web-{port}", command, self.folder, port=port, env=self.env)

    def noted(self, name: str) -> int:
        """Return how often a task has called proof.note(name)."""
        return int(self.state("GET", f"proof:{name}") or 0)

    def state(self, *command: str) -> str:
        """Run one command on the state Redis."""
        return self.redis.cli(*command, database=1)

    def broker(self, *command: str) -> str:
        """Run one command on the broker's Redis."""
        return self.redis.cli(*command)

    def forget(self) -> None:
        for database in (0, 1, 2):
            self.redis.cli("FLUSHDB", database=database)


@pytest.fixture(scope="session")
def redis(tmp_path_factory) -> Iterator[Redis]:
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def projects(tmp_path_factory, services, redis) -> dict[str, Project]:
    return {
        pool: Project(tmp_path_factory.mktemp(pool), pool, services.postgres, redis)
        for pool in ("gevent", "prefork")
    }


@pytest.fixture(params=["gevent", "prefork"])
def project(request, projects) -> Project:
    """Each pool in turn, with empty queues."""
    projects[request.param].forget()
    return projects[request.param]


@pytest.fixture
def gevent_project(projects) -> Project:
    projects["gevent"].forget()
    return projects["gevent"]
