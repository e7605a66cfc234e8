"""A rendered project's own `make up`, on a Docker engine, in a copy of it."""

import json
import shutil
import ssl
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import httpx

from tests.client import TIMEOUT, Browser
from tests.commands import run
from tests.engine import Engine
from tests.matrix import Answers
from tests.services import free_port
from tests.site import CREATE_USERS
from tests.visit import Visit

DOMAIN = "localhost"


class Stack:
    """Entered: all of it is up. Left: nothing of it is there any more.

    Its Dockerfile and compose.yaml are as they were rendered. Its .env is what its own script writes, with
    free ports and names that no other stack on the engine has.
    """

    def __init__(self, engine: Engine, project: Path, folder: Path, combination: Answers):
        self.engine, self.combination = engine, combination
        self.image = project.name
        self.folder = folder / "project"
        shutil.copytree(project, self.folder)
        self.name = f"stack{free_port()}"
        self.port = free_port()
        self.measured: list[str] = []

    def __enter__(self) -> "Stack":
        self.make(".env")
        file = self.folder / ".env"
        assert file.stat().st_mode & 0o777 == 0o600
        own = {
            "COMPOSE_PROJECT_NAME": self.name,
            "TAG": self.name,
            "HTTP_PORT": free_port(),
            "HTTPS_PORT": self.port,
            "AWS_PORT": free_port(),
            "GOOGLE_PORT": free_port(),
            "METRICS_PORT": 9181,
        }
        # Of two lines that name a variable, the last one counts.
        file.write_text(file.read_text() + "".join(f"{name}={value}\n" for name, value in own.items()))
        try:
            self.printed = self.make("up", timed="cold make up")
        except AssertionError as problem:
            problem.add_note(f"{self.compose('ps', '--all')}\n{self.logs()}")
            self.end()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.end()

    def end(self) -> None:
        """Remove all, volumes and images included. Raises AssertionError where something stays."""
        self.compose("down", "--volumes", "--timeout", "5")
        self.engine.docker(
            "image", "rm", *self.engine.docker("image", "ls", "--quiet", f"*:{self.name}").split()
        )
        mine = ("--filter", f"label=com.docker.compose.project={self.name}", "--quiet")
        for kind in ("ps --all", "volume ls", "network ls"):
            left = self.engine.docker(*kind.split(), *mine)
            assert not left, f"`docker {kind}` shows {left}"

    def make(self, target: str, *variables: str, timed: str = "") -> str:
        started = time.monotonic()
        printed = run(
            "make", "--no-print-directory", target, *variables, cwd=self.folder, env=self.engine.environment
        )
        if timed:
            self.measured.append(f"{timed} {time.monotonic() - started:.0f} s")
        return printed

    def compose(self, *words: str) -> str:
        return self.engine.docker("compose", *words, cwd=self.folder)

    def containers(self, service: str) -> list[str]:
        return self.compose("ps", "--quiet", service).split()

    def children(self, service: str) -> list[str]:
        """Return the commands of what the main process of a service's first container has started."""
        printed = self.engine.docker("top", self.containers(service)[0], "-o", "pid,ppid,args")
        # In the order of their numbers, which start anew; and one of them may be a health check.
        processes = [line.split(maxsplit=2) for line in printed.splitlines()[1:]]
        [init] = [pid for pid, _, command in processes if command.startswith("/sbin/docker-init ")]
        [main] = [pid for pid, parent, _ in processes if parent == init]
        return [command for _, parent, command in processes if parent == main]

    def healthy(self, service: str) -> int:
        """Return how many containers of a service are well."""
        states = self.compose("ps", "--format", "{{.Health}}", service).split()
        return states.count("healthy")

    def scale(self, service: str, count: int) -> None:
        self.compose("up", "--detach", "--wait", "--no-recreate", "--scale", f"{service}={count}", service)

    def logs(self) -> str:
        """Return the last lines of all services."""
        return self.compose("logs", "--tail", "40", "--no-color")

    def log(self, container: str) -> str:
        return self.engine.docker("logs", container)

    def manage(self, *arguments: str) -> str:
        """Run manage.py in one of the web servers and return what it prints."""
        return self.compose("exec", "-T", "web", "python", "manage.py", *arguments)

    def create_users(self) -> None:
        self.manage("shell", "-c", CREATE_USERS)

    def trusted(self) -> ssl.SSLContext:
        """Return a context that trusts the certificate which the stack has made."""
        certificate = self.compose("exec", "-T", "nginx", "cat", "/certificates/site.pem")
        return ssl.create_default_context(cadata=certificate)

    def memory(self) -> dict[str, str]:
        """Return how much memory each container uses."""
        lines = self.engine.docker(
            "stats",
            "--no-stream",
            "--format",
            "{{.Name}} {{.MemUsage}}",
            *self.compose("ps", "--quiet").split(),
        ).splitlines()
        return {line.split()[0].removeprefix(f"{self.name}-"): line.split()[1] for line in lines}

    def layers(self) -> dict[str, int]:
        """Return the bytes of the image's own layers, by what made them, without those of its base."""
        image = f"{self.image}:{self.name}"
        history = self.engine.docker(
            "history", "--no-trunc", "--format", "{{json .}}", "--human=false", image
        )
        lines = [json.loads(line) for line in history.splitlines()]
        base = next(
            index for index, line in enumerate(lines) if "DJANGO_SETTINGS_MODULE" in line["CreatedBy"]
        )
        return {line["CreatedBy"]: int(line["Size"]) for line in lines[:base]}


class StackVisit(Visit):
    """A visit whose people come through the port that nginx publishes."""

    def __init__(self, stack: Stack):
        self.stack = stack
        self.tls = stack.trusted()
        self.site = SimpleNamespace(
            combination=stack.combination, manage=stack.manage, written=stack.logs, last_lines=stack.logs
        )

    def browser(self) -> Browser:
        return Browser(f"https://{DOMAIN}:{self.stack.port}", tls=self.tls)

    @property
    def static_url(self) -> str:
        cdn = self.site.combination["static_media"] == "cdn"
        return f"https://{DOMAIN}:{self.stack.port}/static/" if cdn else "/static/"

    def stored(self, name: str) -> str:
        return self.stack.compose("exec", "-T", "web", "find", "media", "-name", name).strip()

    async def fetch(self, browser: Browser, url: str) -> httpx.Response:
        server = urlsplit(url)
        if not (server.hostname or "").endswith(".localhost"):
            return await browser.http.get(url)
        async with httpx.AsyncClient() as client:  # to where a browser looks for such names
            here = url.replace(server.netloc, f"127.0.0.1:{server.port}", 1)
            return await client.get(here, headers={"Host": server.netloc}, timeout=TIMEOUT)
