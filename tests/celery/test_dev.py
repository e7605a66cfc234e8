"""`make dev`: a worker in the web server's process, which starts without noise, reloads, and ends at once."""

import asyncio
import os
import re
import signal
import time

import httpx
import pytest
import websockets

from tests.client import Browser
from tests.services import Server, free_port, wait_until


@pytest.fixture
def dev(project):
    """The server of `make dev`, with a fresh database, and the password of its staff login."""
    port = free_port()
    (project.folder / "db.sqlite3").unlink(missing_ok=True)
    env = {name: value for name, value in project.env.items() if name.isupper() and name not in OURS}
    served = Server(
        "dev",
        [project.bin / "uvicorn", "config.dev:application", "--port", str(port), "--reload",
         "--log-level", "warning"],
        project.folder, port=port, env=env,
    )  # fmt: skip
    project.python("manage.py", "migrate", "--verbosity", "0", env=env)
    served.password = re.search(
        r"password (\S+)", project.python("manage.py", "create_staff_login", env=env)
    )[1]
    served.log.unlink(missing_ok=True)
    return served


OURS = {"DJANGO_SETTINGS_MODULE", "SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "CELERY_BROKER_URL"}


async def upload(browser, dev):
    """Upload a text and return once its words are counted."""
    await browser.login("admin", dev.password)
    await browser.open("/documents/")
    await browser.upload("text", "notes.txt", b"to be or not to be")
    await browser.event("save")
    deadline = time.monotonic() + 60
    while "6 words" not in (await browser.get("/documents/")).text:
        assert time.monotonic() < deadline, "the words were never counted"
        await asyncio.sleep(0.1)


async def open_again(browser):
    """Open the page; for as long as the old process ends and the new one starts, try again."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await browser.open("/documents/")
            except (httpx.TransportError, OSError, websockets.WebSocketException):
                await asyncio.sleep(0.2)


async def work_reload_and_end(project, dev):
    async with Browser(f"http://127.0.0.1:{dev.port}") as browser:
        await upload(browser, dev)
        told = ("count_words", "live event")
        assert [line for line in dev.log.read_text().splitlines() if not any(map(line.count, told))] == []
        (project.folder / "apps/core/views.py").touch()
        wait_until(lambda: "Reloading" in dev.log.read_text(), "the reload to begin")
        await browser.disconnect()
        await open_again(browser)
        os.killpg(dev.process.pid, signal.SIGINT)
        assert await asyncio.to_thread(dev.process.wait, 30) == 0


def test_dev_starts_quietly_reloads_and_ends_at_once(project, dev):
    with dev:
        asyncio.run(work_reload_and_end(project, dev))
    assert "Traceback" not in dev.log.read_text()
