"""A rendered project with its own dependencies, and real services for its workers."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cookiecutter.main import cookiecutter

from tests.services import Postgres, Redis, Server, free_port

TEMPLATE = Path(__file__).parents[2]
HERE = Path(__file__).parent


class Process(Server):
    """A process without a port: it is up once its log says so."""

    def __init__(self, *arguments, ready: str, **options):
        super().__init__(*arguments, port=0, **options)
        self.ready = ready

    def _started(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}:\n{self.log.read_text()}")
        return self.ready in self.log.read_text()


class Project:
    """A rendered project that runs with proof.py beside it: tasks that are watched from outside."""

    def __init__(self, folder: Path, pool: str, postgres: Postgres, redis: Redis):
        self.pool, self.redis = pool, redis
        cookiecutter(
            str(TEMPLATE), no_input=True, output_dir=str(folder),
            extra_context={"project_slug": "demo", "celery": pool},
        )  # fmt: skip
        self.folder = folder / "demo"
        self.bin = installed(self.folder / "pyproject.toml") / "bin"
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

    def worker(self, *options: str, name: str = "worker", **env: str) -> Process:
        return self.celery(name, "worker", *(options or [f"--pool={self.pool}"]), ready=" ready.", **env)

    def celery(self, name: str, *arguments: str, ready: str, **env: str) -> Process:
        command = [self.bin / "celery", "--quiet", "-A", "config", *arguments]
        process = Process(name, command, self.folder, ready=ready, env=self.env | env)
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
        return self._redis(1, *command)

    def broker(self, *command: str) -> str:
        """Run one command on the broker's Redis."""
        return self._redis(0, *command)

    def _redis(self, database: int, *command: str) -> str:
        done = subprocess.run(
            ["redis-cli", "-u", self.redis.url(database), *command],
            check=True, text=True, capture_output=True,
        )  # fmt: skip
        return done.stdout.strip()

    def forget(self) -> None:
        for database in (0, 1, 2):
            self._redis(database, "FLUSHDB")


def installed(pyproject: Path) -> Path:
    """Return an environment with the dependencies of a pyproject.toml; the same ones are installed once."""
    venv = TEMPLATE / "build" / f"venv-{hashlib.sha256(pyproject.read_bytes()).hexdigest()[:12]}"
    if not (venv / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        for options in (["--upgrade", "pip>=25.1"], [pyproject.parent, "--group", f"{pyproject}:dev"]):
            subprocess.run([venv / "bin/python", "-m", "pip", "install", "--quiet", *options], check=True)
        (venv / "complete").touch()
    return venv


@pytest.fixture(scope="session")
def postgres(tmp_path_factory) -> Iterator[Postgres]:
    folder = tmp_path_factory.mktemp("postgres")
    for parent in folder.parents[:2]:
        parent.chmod(0o755)  # PostgreSQL's own user must get to its folder
    with Postgres(folder) as server:
        yield server


@pytest.fixture(scope="session")
def redis(tmp_path_factory) -> Iterator[Redis]:
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def projects(tmp_path_factory, postgres, redis) -> dict[str, Project]:
    return {
        pool: Project(tmp_path_factory.mktemp(pool), pool, postgres, redis) for pool in ("gevent", "prefork")
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
