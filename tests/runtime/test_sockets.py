"""Sockets over real TCP: lanes, uploads, idle ones, presence and limits."""

import asyncio
import contextlib
import re

import pytest
import websockets

from tests.runtime.conftest import PROBE
from tests.site import PASSWORD

LANES = 8  # of config/asgi.py
KIB = 1024
PUSH = "from apps.documents.push import documents_changed; documents_changed()"
# Users, each named after the way in which their sign-in ends.
GUESTS = ["deactivated", "renewed", "signed-out"]
SIGN_UP = f"""
from django.contrib.auth import get_user_model
for name in {GUESTS}:
    guest, _ = get_user_model().objects.get_or_create(username=name)
    guest.is_active = True
    guest.set_password({PASSWORD!r})
    guest.save()
"""
END = """
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
users = get_user_model().objects
users.filter(username="deactivated").update(is_active=False)
users.filter(username="renewed").update(password="another")
gone = str(users.get(username="signed-out").pk)
for session in Session.objects.all():
    if session.get_decoded().get("_auth_user_id") == gone:
        session.delete()
"""


def online(frame_or_page: str) -> int:
    return int(re.search(r"(\d+) looking", frame_or_page)[1])


async def open_probe(web, address="203.0.113.7"):
    browser = web.browser(address)
    await browser.get("/")
    await browser.connect()
    frame = await browser.mount("probe_views.SlowView")
    assert frame["type"] == "mount", frame
    return browser


def test_slow_handler_of_one_user_leaves_others_alone(probe_web):
    async def visit():
        slow, other = await open_probe(probe_web), await open_probe(probe_web)
        task = asyncio.create_task(slow.event("slow", seconds=10))
        await asyncio.sleep(0.3)
        await other.event("query")
        assert not task.done(), "the other user's event waited for the slow one"
        assert (await task)["type"] != "error"
        for browser in (slow, other):
            await browser.__aexit__()

    asyncio.run(visit())


CONNECTIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = 'site' AND backend_type = 'client backend'"
)


def test_database_connections_are_bounded_by_lanes(site, probe_web):
    async def visit():
        browsers = [await open_probe(probe_web) for _ in range(3 * LANES)]
        await asyncio.gather(*(browser.event("query") for browser in browsers))
        count = site.postgres.sql(CONNECTIONS)
        for browser in browsers:
            await browser.__aexit__()
        return int(count)

    # A few more, which the pages before the sockets took; without lanes all of the pool's are used.
    assert asyncio.run(visit()) <= LANES + 4


@pytest.mark.parametrize("size", [1, 63 * KIB, 64 * KIB, 65 * KIB, 5_000_000, 50_000_000])
def test_uploads_arrive_byte_for_byte(site, size):
    name, content = f"upload-{size}.txt", (b"0123456789abcde\n" * (size // 16 + 1))[:size]
    with site.gunicorn(UPLOAD_MAX_BYTES="60000000") as web:

        async def visit():
            async with web.browser() as browser:
                await browser.login("ada", PASSWORD)
                await browser.open("/documents/")
                frame = await browser.upload("text", name, content)
                assert frame.get("status") == "complete", frame
                await browser.event("save")

        asyncio.run(visit())
    [stored] = (site.folder / "media").rglob(name)
    assert stored.read_bytes() == content


def test_idle_sockets_stay_open(web):
    async def visit():
        browsers = [web.browser() for _ in range(20)]
        for browser in browsers:
            await browser.open("/")

        async def closed(browser):
            with pytest.raises(websockets.ConnectionClosed):
                while True:
                    await browser.socket.recv()

        tasks = [asyncio.create_task(closed(browser)) for browser in browsers]
        await asyncio.wait(tasks, timeout=90)
        dead = sum(task.done() for task in tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for browser in browsers:
            await browser.__aexit__()
        return dead

    assert asyncio.run(visit()) == 0
    assert "TimeoutError" not in web.log.read_text()


def test_presence_counts_over_processes(site):
    with site.gunicorn() as first, site.gunicorn() as second:

        async def visit():
            counts = []
            browsers = [first.browser(), second.browser(), first.browser()]
            for browser in browsers:
                counts.append(online((await browser.open("/"))["html"]))
            for browser in browsers:
                await browser.__aexit__()
            return counts

        assert asyncio.run(visit()) == [1, 2, 3]


def test_state_comes_back_on_another_server_after_a_kill(site):
    with site.gunicorn() as first, site.gunicorn() as second:

        async def visit():
            async with first.browser() as browser:
                await browser.login("ada", PASSWORD)
                await browser.open("/documents/")
                await browser.event("search", value="novel")
                first.stop(with_signal=9)
                with pytest.raises(websockets.ConnectionClosed):
                    while True:
                        await browser.receive()
                browser.base = second.base
                await browser.connect()
                return await browser.mount("apps.documents.views.DocumentsView")

        assert 'value="novel"' in asyncio.run(visit())["html"]


@pytest.mark.parametrize("by", ["event", "push"])
def test_an_open_page_ends_with_its_session(site, web, by):
    """The socket of somebody who isn't signed in any more is closed, and leads to the login; others stay."""
    site.manage("shell", "-c", SIGN_UP)

    async def ended(guest):
        with pytest.raises(websockets.ConnectionClosed):
            while True:
                await guest.socket.recv()

    async def act(guests):
        if by == "push":
            await asyncio.to_thread(site.manage, "shell", "-c", PUSH)
        for guest in guests if by == "event" else ():
            with contextlib.suppress(websockets.ConnectionClosed):
                await guest.send(type="event", event="search", params={"value": "novel"})

    async def led_to(guest):
        await guest.connect()
        await guest.send(type="mount", view="apps.documents.views.DocumentsView", url=guest.path, params={})
        return (await guest.until("mount", "error", "navigate")).get("to")

    async def visit():
        ada, *guests = browsers = [web.browser() for _ in ["ada", *GUESTS]]
        for browser, name in zip(browsers, ["ada", *GUESTS], strict=True):
            await browser.login(name, PASSWORD)
            await browser.open("/documents/")
        await asyncio.to_thread(site.manage, "shell", "-c", END)
        waiting = {asyncio.create_task(ended(guest)) for guest in guests}
        async with asyncio.timeout(120):
            while waiting:
                await act(guests)
                done, waiting = await asyncio.wait(waiting, timeout=1)
                for task in done:
                    await task
        left = [await led_to(guest) for guest in guests], (await ada.event("search", value="novel"))["type"]
        for browser in browsers:
            await browser.__aexit__()
        return left

    assert asyncio.run(visit()) == (["/login/"] * len(GUESTS), "patch")


def test_limit_counts_real_clients_and_not_the_proxy(site):
    """One address over its limit is refused, whatever it claims; another behind the same proxy isn't."""
    with site.gunicorn(PYTHONPATH=str(PROBE), DJANGO_SETTINGS_MODULE="probe_settings_two_sockets") as web:

        async def accepted(address):
            browser = web.browser(address)
            await browser.get("/")
            try:
                return (await browser.connect())["type"] == "connect", browser
            except websockets.ConnectionClosed:
                return False, browser

        async def visit():
            # The refused one last: djust counts it as gone, and would let the next one in.
            addresses = ["198.51.100.1", "198.51.100.1", "198.51.100.2", "198.51.100.1"]
            results = [
                await accepted(f"10.0.0.{number}, {address}") for number, address in enumerate(addresses)
            ]
            for _, browser in results:
                await browser.__aexit__()
            return [accepted for accepted, _ in results]

        assert asyncio.run(visit()) == [True, True, True, False]
