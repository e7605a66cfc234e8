"""Distinct stacks on a Docker engine, each as its own Makefile starts it.

All are read by Compose. Those that have each two answers together are built, visited through the published
port and removed again; of these, one of each tier is drilled: servers die, multiply and are replaced while
visitors come.
"""

import asyncio
import contextlib
import re
import shutil
import ssl
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import matrix, rendering
from tests.commands import attempt
from tests.compose.load import SOCKETS, Load
from tests.compose.stack import Stack, StackVisit
from tests.services import self_signed, wait_until
from tests.site import PASSWORD, USERS
from tests.visit import BASICS, take

# Tables that a later release makes, one of which asks something of one that is in the backup.
NEWER = (
    "CREATE TABLE newer (id int); CREATE TABLE newer_note (document bigint REFERENCES documents_document);"
)
SICK = """
services:
  web:
    healthcheck: {test: [CMD, "false"], interval: 1s, start_period: 0s, retries: 1}
"""
STEPS = (*BASICS, "foreign_origin", "media", "search")
MEGABYTE = 1_000_000
LARGEST_IMAGE = 220 * MEGABYTE  # without its base
LARGEST_OF_CODE = 40 * MEGABYTE  # what a change of the code makes anew, static files and bytecode included
BACK_WITHIN = 10  # seconds, for a page whose server is gone


@pytest.mark.parametrize("name", rendering.stacks())
def test_a_stack(name, engine, standins, tmp_path, record_property):
    combination = next(found for found in matrix.combinations() if matrix.label(found) == name)
    with Stack(engine, rendering.projects()[name], tmp_path, combination) as stack:
        shows_the_way(stack)
        takes_its_own_cpus(stack)
        stack.create_users()
        visit = StackVisit(stack)
        problems = take(visit, STEPS)
        assert not problems, "\n".join(f"{step}: {problem}" for step, problem in problems.items())
        if name in rendering.drilled_stacks():
            for drill in DRILLS:
                drill(stack, visit)
        record_property("measured", f"{name}: {'; '.join(stack.measured)}")


def shows_the_way(stack: Stack) -> None:
    """What `make up` prints is all that somebody needs to sign in, and nothing that looks like a mistake."""
    assert not re.search(r"\bError\b", stack.printed), stack.printed
    assert f"https://localhost:{stack.port}" in stack.printed
    assert re.search(r"Staff login: admin with the password \S{12,}", stack.printed), stack.printed


def takes_its_own_cpus(stack: Stack) -> None:
    """There are as many processes as the container may use CPUs, whatever the machine has."""
    sizes = matrix.DEFINITION["_sizes"][stack.combination["tier"]]
    processes = {"web": max(2, int(sizes["web"]["cpus"]))}
    if stack.combination["celery"] == "prefork":
        processes["worker"] = int(sizes["worker"]["cpus"])
    for service, count in processes.items():
        assert len(stack.children(service)) == count, stack.children(service)


def nothing_failed(load: Load, stack: Stack) -> None:
    told = f"{len(load.failed)} of {load.requests}: {load.failed[:5]}"
    assert not load.failed, f"{told}\n{stack.compose('logs', '--no-log-prefix', '--tail', '60', 'nginx')}"


def dies(stack: Stack, visit: StackVisit) -> None:
    """A server that is killed takes no page with it, and comes back by itself."""

    def searches(server: str) -> int:
        return stack.log(server).count('"event": "search"')

    before = {server: searches(server) for server in stack.containers("web")}

    def kill() -> None:
        # One that has pages, which each visitor's session decides.
        victim = max(before, key=lambda server: searches(server) - before[server])
        # All below its init, which ends with them: to Docker it is a crash, and no operator's wish.
        # So does the command itself, which may be quicker or not.
        command = ("docker", "exec", victim, "sh", "-c", "kill -KILL $(cat /proc/1/task/1/children)")
        attempt(*command, env=stack.engine.environment)

    load = Load(visit)
    asyncio.run(load.during(kill))
    nothing_failed(load, stack)
    assert load.away, "no page was on the server that was killed"
    assert not load.lost_state, load.lost_state
    assert max(load.away) < BACK_WITHIN + load.slowest, load.away
    wait_until(
        lambda: stack.healthy("web") == len(stack.containers("web")), "the server to be back", timeout=180
    )


def multiplies(stack: Stack, visit: StackVisit) -> None:
    """nginx finds a third server by itself, and each visitor keeps to one."""
    before = len(stack.containers("web"))
    stack.scale("web", before + 1)

    async def come_twice() -> str:
        marker = f"/{uuid.uuid4()}/"
        async with visit.browser() as browser:
            await browser.login(USERS[0], PASSWORD)
            for _ in range(2):
                await browser.get(marker)
        return marker

    def served(marker: str) -> list[str]:
        """Return a server for each of the visitor's pages, as far as Docker has their lines."""
        return [one for one in stack.containers("web") for _ in range(stack.log(one).count(marker))]

    async def spread() -> None:
        async with asyncio.timeout(240):
            served_by: set[str] = set()
            while len(served_by) <= before:
                marker = await come_twice()
                await asyncio.to_thread(wait_until, lambda: len(served(marker)) >= 2, "lines in the log")  # noqa: B023
                servers = set(served(marker))
                assert len(servers) == 1, f"{len(servers)} servers had one visitor"
                served_by |= servers

    asyncio.run(spread())
    stack.scale("web", before)


def is_replaced(stack: Stack, visit: StackVisit) -> None:
    """`make roll` costs no request, and pages are back with what they had. All of it is the current code."""
    before = set(stack.containers("web"))
    others = {other for service in others_of_the_code(stack) for other in stack.containers(service)}
    style = stack.folder / "apps/core/static/core/site.css"
    style.write_text(f"{style.read_text()}/* {stack.name} */\n")
    load = Load(visit)
    asyncio.run(load.during(lambda: stack.make("roll", timed="make roll")))
    nothing_failed(load, stack)
    assert len(load.away) >= SOCKETS, f"only {len(load.away)} pages had to connect again"
    assert not load.lost_state, load.lost_state
    assert max(load.away) < BACK_WITHIN + load.slowest, load.away
    after = set(stack.containers("web"))
    assert len(after) == len(before)
    assert not after & before
    assert stack.name in shown_style(visit)
    assert not others & {
        other for service in others_of_the_code(stack) for other in stack.containers(service)
    }


def others_of_the_code(stack: Stack) -> tuple[str, ...]:
    return () if stack.combination["celery"] == "none" else ("worker", "beat")


def shown_style(visit: StackVisit) -> str:
    """Return the style sheet that the home page links."""

    async def look() -> str:
        async with visit.browser() as browser:
            await browser.get("/")
            url = re.search(rf'href="({visit.static_url}core/site[^"]+)"', browser.page)[1]
            return (await visit.fetch(browser, url)).raise_for_status().text

    return asyncio.run(look())


def sick_ones_are_replaced(stack: Stack, visit: StackVisit) -> None:
    """Servers that will never be well can be replaced, and one that has ended doesn't come back."""
    if stack.combination["tier"] != "pilot":
        return
    count = len(stack.containers("web"))
    override = stack.folder / "compose.override.yaml"
    override.write_text(SICK)
    stack.compose("up", "--detach", "--no-deps", "--scale", f"web={count + 1}", "web")
    override.unlink()
    sick = stack.containers("web")
    wait_until(lambda: stack.healthy("web") == 0, "servers to be sick")
    stack.engine.docker("stop", "--time", "0", sick[0])
    stack.make("roll")
    assert stack.healthy("web") == count
    assert not set(sick) & set(stack.compose("ps", "--all", "--quiet", "web").split())


@contextlib.contextmanager
def uploads_coming(stack: Stack) -> Iterator[None]:
    """Have files come and go in media/ while something takes a while to read all of it."""
    if stack.combination["static_media"] == "cdn":
        yield
        return
    stack.compose("exec", "-T", "web", "sh", "-c", "head -c 100000000 /dev/zero >media/large; : >media/busy")
    come_and_go = "while [ -e media/busy ]; do : >media/one; rm media/one; done"
    stack.compose("exec", "--detach", "web", "sh", "-c", come_and_go)
    try:
        yield
    finally:
        stack.compose("exec", "-T", "web", "rm", "media/large", "media/busy")


def half_a_backup_is_refused(stack: Stack, folder: str) -> None:
    """Nor is one that was never finished brought back, nor one that is cut off; and all goes on serving."""
    before = stack.compose("ps", "--quiet")
    whole = stack.folder / folder
    for number, file in enumerate(sorted(path.name for path in whole.iterdir())):
        half = whole.with_name(f"half-{number}")
        shutil.copytree(whole, half)
        content = (half / file).read_bytes()
        (half / file).write_bytes(content[: len(content) // 2])
        assert f"{file} is no whole" in refused(stack, half)
        (half / file).unlink()
        assert f"{file} is no whole" in refused(stack, half)
    shutil.copytree(whole, unfinished := whole.with_name("unfinished.new"))
    assert folder in refused(stack, unfinished)
    assert stack.compose("ps", "--quiet") == before


def refused(stack: Stack, backup: Path) -> str:
    """Return what restore.sh says of a backup that it doesn't take."""
    command = ("make", "restore", f"FROM={backup.relative_to(stack.folder)}")
    done = attempt(*command, cwd=stack.folder, env=stack.engine.environment)
    assert done.returncode, done.stdout
    return done.stdout


def comes_back(stack: Stack, visit: StackVisit) -> None:
    """A backup brings back what was lost since, and a second `make up` changes nothing."""
    with uploads_coming(stack):
        printed = stack.make("backup")
    assert not list(stack.folder.glob("backups/*.new"))
    stack.compose("exec", "-T", "postgres", "psql", "--username", "app", "--command", NEWER)
    stack.manage("shell", "-c", "from apps.documents.models import Document; Document.objects.all().delete()")
    folder = re.search(r"Saved to (backups/\S+)\.", printed)[1]
    half_a_backup_is_refused(stack, folder)
    stack.make("restore", f"FROM={folder}")
    tables = stack.compose("exec", "-T", "postgres", "psql", "--username", "app", "--command", "\\dt")
    assert "documents_document" in tables
    assert "newer" not in tables
    problems = take(visit, ("event", "search"))
    assert not problems
    before = stack.compose("ps", "--quiet")
    stack.make("up", timed="warm make up")
    assert stack.compose("ps", "--quiet") == before


def asks_for_a_certificate(stack: Stack, visit: StackVisit) -> None:
    """certbot runs as it is confined, and nothing is lost where nobody answers it.

    What it does where somebody does is shown by tests/runtime/test_certificates.py.
    """
    if stack.combination["cloud"] != "self-hosted":
        return
    with (stack.folder / ".env").open("a") as file:
        file.write("COMPOSE_PROFILES=certbot\nACME_SERVER=https://127.0.0.1:1/directory\n")
    stack.compose("up", "--detach", "--no-recreate", "certbot")
    wait_until(lambda: "tries again in 12 hours" in stack.compose("logs", "certbot"), "certbot", timeout=180)
    said = stack.compose("logs", "certbot")
    assert "Connection refused" in said
    assert not re.search("Read-only|Permission|Operation not permitted", said), said


def shows_a_certificate_of_its_own(stack: Stack, visit: StackVisit) -> None:
    if stack.combination["cloud"] != "self-hosted":
        return
    (stack.folder / "tls").mkdir()
    certificate, key = self_signed(stack.folder / "tls", "localhost")
    key.chmod(0o644)
    with (stack.folder / ".env").open("a") as file:
        file.write(
            f"TLS_FOLDER=./tls\nTLS_CERTIFICATE=/certificates/{certificate.name}\n"
            f"TLS_CERTIFICATE_KEY=/certificates/{key.name}\n"
        )
    stack.compose("up", "--detach", "--no-deps", "--wait", "nginx")
    trusting = ssl.create_default_context(cafile=certificate)
    assert httpx.get(f"https://localhost:{stack.port}/", verify=trusting, timeout=60).status_code == 200


def is_measured(stack: Stack, visit: StackVisit) -> None:
    """The image is small, and what a change of the code makes anew is very small."""
    layers = stack.layers()
    assert sum(layers.values()) < LARGEST_IMAGE, layers
    of_code = [size for made_by, size in layers.items() if "/venv" not in made_by]
    assert sum(of_code) < LARGEST_OF_CODE, layers
    memory = ", ".join(f"{name} {used}" for name, used in sorted(stack.memory().items()))
    stack.measured.append(f"{sum(layers.values()) / MEGABYTE:.0f} MB above its base; {memory}")


DRILLS = (
    dies, multiplies, is_replaced, sick_ones_are_replaced, comes_back, asks_for_a_certificate, is_measured,
    shows_a_certificate_of_its_own,
)  # fmt: skip
