"""One visitor's tabs and pages share a session; what that does to a view's state, and what it must not do."""

import asyncio
import contextlib
import re
from pathlib import Path

import pytest
import websockets

from tests import matrix, rendering
from tests.commands import attempt, run
from tests.runtime.conftest import PROBE
from tests.site import DATABASE, PASSWORD, Site

DOCUMENTS = "apps.documents.views.DocumentsView"


@contextlib.asynccontextmanager
async def tab(web, beside=None, path="/documents/", view=DOCUMENTS):
    """Open a page, by a visitor who signs in first or who has a tab already."""
    async with web.browser() as browser:
        if beside:
            browser.http.cookies = beside.http.cookies
        else:
            await browser.login("ada", PASSWORD)
        await browser.get(path)
        await browser.connect()
        frame = await browser.mount(view)
        assert frame["type"] == "mount", frame
        yield browser


async def searched(browser):
    """Return what the page searches for after its socket was lost and came back."""
    await browser.disconnect()
    await browser.connect()
    return re.search(r'value="(\w*)"', (await browser.mount(DOCUMENTS))["html"])[1]


def test_event_on_another_page_leaves_the_state_alone(probe_web):
    async def visit():
        # At an address of its own, although nothing answers there, because state belongs to the path.
        counter = {"path": "/counter/", "view": "probe_views.CounterView"}
        async with tab(probe_web) as one, tab(probe_web, one, **counter) as two:
            await one.event("search", value="novel")
            await two.event("increment")
            return await searched(one)

    assert asyncio.run(visit()) == "novel"


def test_tabs_of_one_page_share_one_state(web):
    """As djust does it and the README says, not as one would have it: the last event of any tab wins."""

    async def visit():
        async with tab(web) as one, tab(web, one) as two:
            await one.event("search", value="novel")
            await two.event("search", value="minutes")
            return await searched(one), await searched(two)

    assert asyncio.run(visit()) == ("minutes", "minutes")


def test_opening_a_page_again_resets_what_its_other_tabs_come_back_to(web):
    async def visit():
        async with tab(web) as one:
            await one.event("search", value="novel")
            async with tab(web, one):
                return await searched(one)

    assert asyncio.run(visit()) == ""


def test_event_after_signing_out_elsewhere_signs_nobody_in(web):
    async def visit():
        async with tab(web) as one, web.browser() as other:
            signed_in = one._cookies()
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', one.page)[1]
            answer = await one.http.post(
                "/logout/", data={"csrfmiddlewaretoken": token}, headers={"Referer": f"{one.host}/documents/"}
            )
            assert answer.headers["Location"] == "/"
            # Ten seconds after it has connected, the event would close the socket.
            with contextlib.suppress(websockets.ConnectionClosed):
                await one.event("search", value="novel")
            other.http.headers["Cookie"] = signed_in
            return (await other.get("/documents/")).headers.get("Location", "")

    assert asyncio.run(visit()).startswith("/login/")


def test_slow_save_is_not_given_up(site, web):
    """Somebody else holds the session's row for longer than djust's own 0.15 s."""

    async def visit():
        async with tab(web) as one:
            lock = "BEGIN; SELECT FROM django_session FOR UPDATE; SELECT pg_sleep(1); COMMIT"
            with site.postgres.sleeping(lock, DATABASE):
                await one.event("search", value="novel")
            return await searched(one)

    assert asyncio.run(visit()) == "novel"
    assert "save exceeded" not in web.log.read_text()


@pytest.mark.parametrize("settings", ["prod", "dev"])
def test_saves_at_the_same_time_lose_nothing(site, settings):
    """On PostgreSQL and on the SQLite of `make dev`."""
    env = site.env | {"DJANGO_SETTINGS_MODULE": f"config.settings.{settings}", "PYTHONPATH": "."}
    if settings == "dev":
        # Patiently: SQLite isn't fair to those who wait, and this is not about how long they do.
        env["DATABASE_URL"] = f"sqlite:///{site.folder}/db.sqlite3?transaction_mode=IMMEDIATE&timeout=60"
        attempt(site.python, "manage.py", "migrate", cwd=site.folder, env=env)
    done = attempt(site.python, PROBE / "parallel_saves.py", cwd=site.folder, env=env)
    assert done.stdout.endswith("200 of 200\n"), done.stdout


def test_a_release_removes_expired_sessions_where_no_task_does(services, tmp_path):
    combination = matrix.resolve(matrix.FIRST | {"celery": "none", "static_media": "whitenoise"})
    site = Site(rendering.project_of(combination), services, tmp_path, combination).prepare()
    site.postgres.sql(
        "INSERT INTO django_session VALUES"
        " ('gone', '', now() - interval '1 s'), ('here', '', now() + interval '1 h')",
        "site",
    )
    path = f"{Path(site.python).parent}:{site.env['PATH']}"
    run("sh", "deploy/release.sh", cwd=site.folder, env=site.env | {"PATH": path})
    assert site.postgres.sql("SELECT session_key FROM django_session", "site") == "here"
