"""The rendered default project on real servers, and what every comparison needs of them."""

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psutil

from tests import environment
from tests.client import Browser
from tests.rendering import render
from tests.services import Postgres, Redis, Server, free_port

APP = Path(__file__).parent / "app"


class Lab:
    """PostgreSQL, three Redis servers and the rendered project; `web()` starts the project for one arm."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.project = render({}, folder / "project").project
        self.postgres = Postgres(folder / "postgres")
        self.postgres.command += ["-c", "fsync=on"]  # the tests do without, but here it is part of the price
        self.channels, self.state, self.cache = (Redis(folder) for _ in range(3))

    def env(self, **arm: str) -> dict[str, str]:
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "bench_app.settings",
            "PYTHONPATH": f"{self.project}{os.pathsep}{APP}",
            "BENCH_DATABASE_URL": self.postgres.url("bench"),
            "BENCH_CHANNEL_URL": self.channels.url(),
            "BENCH_STATE_URL": self.state.url(),
            "BENCH_CACHE_URL": self.cache.url(),
            "BENCH_LANES": "8",  # as the project has
        } | arm  # fmt: skip

    def manage(self, *command: str) -> None:
        subprocess.run(
            [environment.python(), "manage.py", *command], cwd=self.project, env=self.env(), check=True,
            capture_output=True,
        )  # fmt: skip

    @contextlib.contextmanager
    def web(
        self, *, workers: int = 1, worker_class: str = "bench_app.workers.Plain", **arm: str
    ) -> Iterator["Web"]:
        port = free_port()
        command = [
            environment.python(), "-m", "gunicorn", "bench_app.asgi:application", "-k", worker_class,
            "-w", str(workers), "-b", f"127.0.0.1:{port}", "--graceful-timeout", "10", "--no-control-socket",
        ]  # fmt: skip
        with Web(self, command, port, self.env(**arm)) as web:
            yield web

    def push(self, count: int, pause: float, **arm: str) -> subprocess.Popen:
        return subprocess.Popen(
            [environment.python(), "-m", "bench_app.push", str(count), str(pause)],
            cwd=self.project, env=self.env(**arm), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def session_writes(self) -> int:
        """Return how many rows PostgreSQL has inserted or updated in django_session so far."""
        time.sleep(1.2)  # a backend reports its figures once a second at most
        return int(
            self.postgres.sql(
                "SELECT n_tup_ins + n_tup_upd FROM pg_stat_user_tables WHERE relname = 'django_session'",
                "bench",
            )
        )


class Web(Server):
    """gunicorn with the project of one arm."""

    def __init__(self, lab: Lab, command: list, port: int, env: dict):
        super().__init__(f"web-{port}", command, lab.folder, port=port, env=env)
        self.url = f"http://127.0.0.1:{port}"

    def processes(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def cpu(self) -> float:
        """Seconds of CPU that the workers have used."""
        return sum(sum(process.cpu_times()[:2]) for process in self.processes())

    def rss(self) -> int:
        """Bytes of resident memory of the workers."""
        return sum(process.memory_info().rss for process in self.processes())

    def unsaved(self) -> int:
        """Return how often djust gave up saving a view's state, which it does after 150 ms."""
        return self.log.read_text().count("event state save exceeded")

    def pages(
        self, count: int, path: str = "/counter/", **options: object
    ) -> contextlib.AbstractAsyncContextManager:
        return pages(self.url, count, path, **options)


@contextlib.contextmanager
def lab() -> Iterator[Lab]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own
        here = Lab(folder)
        for server in (here.postgres, here.channels, here.state, here.cache):
            stack.enter_context(server)
        here.postgres.create_database("bench")
        here.manage("migrate", "--verbosity", "0")
        yield here


@contextlib.asynccontextmanager
async def pages(url: str, count: int, path: str, **options: object) -> AsyncIterator[list[Browser]]:
    """Open a page in `count` browsers, each with its own session and socket."""
    async with contextlib.AsyncExitStack() as stack:
        browsers = [await stack.enter_async_context(Browser(url)) for _ in range(count)]
        for browser in browsers:
            await open_page(browser, path, **options)
        yield browsers


async def open_page(browser: Browser, path: str, **options: object) -> dict:
    response = await browser.get(path)
    assert response.status_code == 200, f"{path} answered {response.status_code}"
    browser.path = path.partition("?")[0]  # djust's script leaves the query out of a mount's address
    await browser.connect(**options)
    return await browser.mount(browser.page.split('dj-view="')[1].split('"')[0])


async def clicks(browser: Browser, event: str, seconds: float, **params: object) -> list[float]:
    """Send an event over and over for `seconds`; return how long each answer took, in seconds."""
    took, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.monotonic()
        await browser.event(event, **params)
        took.append(time.monotonic() - start)
    return took


async def drain(browser: Browser, frames: list) -> None:
    """Collect (arrival, frame) until the socket closes; the close itself is the last entry."""
    try:
        while True:
            raw = await browser.socket.recv()
            frames.append((time.time(), json.loads(raw)))
    except Exception as error:  # whatever ends the socket is what is being looked for
        frames.append((time.time(), {"type": "closed", "why": repr(error)}))


def alive(browsers: list[Browser]) -> int:
    return sum(browser.socket.close_code is None for browser in browsers)


async def answering(browsers: list[Browser]) -> int:
    """Count the browsers whose socket still answers an event, within 8 s."""

    async def one(browser: Browser) -> bool:
        try:
            return (await browser.event("increment", timeout=8))["type"] != "error"
        except Exception:
            return False

    return sum(await asyncio.gather(*map(one, browsers)))


async def status(url: str, path: str) -> str:
    """Return the status of a GET by a new visitor, or the name of the error."""
    async with Browser(url) as visitor:
        try:
            return str((await visitor.get(path)).status_code)
        except Exception as error:
            return type(error).__name__


def percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def alternate(
    arms: list[str], rounds: int, measure: Callable[[str], dict[str, float]]
) -> dict[str, dict[str, float]]:
    """Measure the arms in turn, `rounds` times and each time in the other order; return medians by arm."""
    results: dict[str, list[dict[str, float]]] = {arm: [] for arm in arms}
    for round_ in range(rounds):
        for arm in arms if round_ % 2 == 0 else reversed(arms):
            results[arm].append(measure(arm))
            print(f"  round {round_ + 1} {arm}: {results[arm][-1]}", file=sys.stderr, flush=True)
    return {
        arm: {name: statistics.median(one[name] for one in values) for name in values[0]}
        for arm, values in results.items()
    }
