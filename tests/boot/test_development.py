"""Development: the user's own make targets, then a visit over TCP.

For the applications that have each two answers together: what tells the others apart is hardly loaded here.
"""

import asyncio
import os
import re
import shutil
from pathlib import Path

import httpx
import pytest

from tests import environment, rendering
from tests.client import Browser
from tests.commands import run
from tests.services import Server, free_port

SPEECH = b"to be or not to be that is the question"


@pytest.fixture(params=rendering.covering(), scope="module")
def project(request, tmp_path_factory):
    """A copy of the rendered project, with the shared environment in the place of its .venv."""
    copy = tmp_path_factory.mktemp("boot") / "project"
    shutil.copytree(rendering.covering()[request.param], copy)
    (copy / ".venv").mkdir()
    for entry in environment.python().parent.parent.iterdir():
        (copy / ".venv" / entry.name).symlink_to(entry)
    (copy / ".venv" / "installed").touch()
    return copy


@pytest.fixture(scope="module")
def server(project):
    port = free_port()
    make = ["make", "--no-print-directory", "dev", f"PORT={port}"]
    with Server("make-dev", make, project, port=port, env=bare_environment()) as server:
        yield server


def bare_environment() -> dict[str, str]:
    """Return the environment of a new user: nothing of the project's is set."""
    return {name: os.environ[name] for name in ("HOME", "LANG", "PATH") if name in os.environ}


@pytest.mark.parametrize("target", ["check", "lint", "test"])
def test_make(target, project):
    run("make", target, cwd=project, env=bare_environment())


def password(log: Path) -> str:
    return re.search(r"admin with the password (\S+)", log.read_text())[1]


def test_a_visit(server):
    asyncio.run(visit(f"http://127.0.0.1:{server.port}", password(server.log)))
    printed = server.log.read_text().partition("Serving on")[2]
    assert not re.search(r"\[error\]|Warning:|Traceback", printed), printed


def test_what_goes_wrong_is_told_once(server):
    assert httpx.get(f"http://127.0.0.1:{server.port}/nowhere/", timeout=60).status_code == 404
    assert server.log.read_text().count("Not Found: /nowhere/") == 1


async def visit(base: str, password: str) -> None:
    async with Browser(base) as author, Browser(base) as reader:
        home = await author.open("/")
        style = re.search(r'href="([^"]+\.css)"', author.page)[1]
        assert (await author.http.get(style)).status_code == 200
        assert "1 looking at this page now" in home["html"]
        for browser in (author, reader):
            await browser.disconnect()
            assert (await browser.login("admin", password)).headers["location"] == "/documents/"
            await browser.open("/documents/")

        answer = await author.event("search", value="nothing has this name")
        assert "No document has" in str(answer["patches"])
        await author.event("search", value="")

        assert (await author.upload("text", "speech.txt", SPEECH))["status"] == "complete"
        await author.event("save")
        for browser in (author, reader):
            await browser.shows("10 words")
        await author.get("/documents/")
        assert "10 words" in author.page
