"""Pages that follow the database: in order, once, and over restarts of PostgreSQL and Redis."""

import asyncio
import os
import re
import signal
from contextlib import asynccontextmanager, contextmanager

import pytest

from tests import matrix, rendering
from tests.runtime.conftest import PROBE
from tests.services import wait_until
from tests.site import DATABASE, PASSWORD, Site
from tests.visit import INSERT_DOCUMENT, NOTIFY

FOLLOWER = "probe_changes.FollowerView"
TIMEOUT = 30  # seconds until a page shows a change
CHANGED = NOTIFY.format(model="documents.Document", pk=0)
SAVES = """
from apps.users.models import User
user = User.objects.create_user("saved")  # told of
user.last_login = user.date_joined
user.save(update_fields=["last_login"])
User.objects.filter(pk=user.pk).update(first_name="Ada")
user.save(update_fields=["email", "last_login"])  # told of
print(user.pk)
user.delete()  # told of
"""


def insert(site, name, *also):
    """Insert a document as another program does, and send notifications with it."""
    site.postgres.sql("; ".join([INSERT_DOCUMENT.format(name=name), *also]), DATABASE)


async def seen(pages, name):
    for page in pages:
        await page.shows(name, TIMEOUT)


@asynccontextmanager
async def documents(webs):
    async with webs[0].browser() as one, webs[1].browser() as other:
        for page in (one, other):
            await page.login("ada", PASSWORD)
            await page.open("/documents/")
        yield one, other


@pytest.fixture(scope="module")
def live_site(services, tmp_path_factory):
    combination = matrix.resolve(matrix.FIRST | {"live_database": "yes"})
    folder = tmp_path_factory.mktemp("live-database")
    site = Site(rendering.project_of(combination), services, folder, combination)
    site.env |= {
        "WEB_CONCURRENCY": "1",
        "PYTHONPATH": str(PROBE),
        "DJANGO_SETTINGS_MODULE": "probe_changes_settings",
    }
    return site.prepare()


@pytest.fixture(scope="module")
def webs(live_site):
    """Two servers, so that one listens for the pages of the other."""
    with live_site.gunicorn() as one, live_site.gunicorn() as other:
        yield one, other


@asynccontextmanager
async def followers(webs):
    """Open a page of each server, and wait until somebody listens."""
    async with webs[0].browser() as one, webs[1].browser() as other:
        for browser in (one, other):
            await browser.get("/login/")
            browser.path = "/follower/"  # an address of its own, although nothing answers there
            await browser.connect()
            assert (await browser.mount(FOLLOWER))["type"] == "mount"
        yield one, other


def tell(site, pk):
    """Send the notification of a change, as any program can."""
    site.postgres.sql(NOTIFY.format(model="users.User", pk=pk), DATABASE)


async def told(browser, last):
    """Return what the page shows of its changes once it shows the last one."""
    await browser.shows(f" {last}.", TIMEOUT)
    shown = next(frame for frame in reversed(browser.frames) if f" {last}." in frame)
    return re.search(r"told: ([^.]*)\.", shown)[1].replace("None", "").split()


def test_changes_come_in_order_and_once(live_site, webs):
    numbers = [str(number) for number in range(1, 201)]

    async def visit():
        async with followers(webs) as pages:
            notify = ";".join(NOTIFY.format(model="users.User", pk=number) for number in numbers)
            await asyncio.to_thread(live_site.postgres.sql, notify, DATABASE)
            return [await told(page, numbers[-1]) for page in pages]

    assert asyncio.run(visit()) == [numbers, numbers]


def test_what_is_told_of(live_site, webs):
    async def visit():
        async with followers(webs) as (page, _):
            pk = (await asyncio.to_thread(live_site.manage, "shell", "-v", "0", "-c", SAVES)).split()[-1]
            tell(live_site, "999999")
            return pk, await told(page, "999999")

    pk, shown = asyncio.run(visit())
    assert shown == [pk, pk, pk, "999999"]


@contextmanager
def paused(webs):
    """Have the servers do nothing, or one may listen again before the change that it is to have missed."""
    pids = [pid for web in webs for pid in web.workers()]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_changes_while_nobody_listens(live_site, webs):
    async def visit():
        async with documents(webs) as pages:
            await asyncio.to_thread(live_site.postgres.stop)
            with paused(webs):
                await asyncio.to_thread(live_site.postgres.start)
                insert(live_site, "nobody-listened.txt")
            await seen(pages, "nobody-listened.txt")
            insert(live_site, "listened-again.txt", CHANGED)
            await seen(pages, "listened-again.txt")

    asyncio.run(visit())


def test_changes_while_nobody_can_be_told(live_site, webs):
    async def visit():
        async with documents(webs) as pages:
            await asyncio.to_thread(live_site.redis["channel"].stop)
            insert(live_site, "untold.txt", CHANGED)
            await asyncio.to_thread(wait_until, failed_to_tell, "a push to fail")
            await asyncio.to_thread(live_site.redis["channel"].start)
            await seen(pages, "untold.txt")
            insert(live_site, "afterwards.txt", CHANGED)
            await seen(pages, "afterwards.txt")

    def failed_to_tell() -> bool:
        return any("can't be told" in web.log.read_text() for web in webs)

    asyncio.run(visit())
