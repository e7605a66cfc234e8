"""Connections to PostgreSQL where no pooler stands in between."""

import asyncio

import pytest

from tests.runtime.conftest import PROBE
from tests.services import wait_until
from tests.site import DATABASE, PASSWORD

POOL = 20  # config/databases.py, by way of config/settings/celery.py
LOCK = "BEGIN; LOCK django_session; SELECT pg_sleep(300)"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


@pytest.fixture
def patient_web(site):
    """A server whose requests wait longer for the pool: for how long is not what is shown here."""
    settings = site.folder / "config/databases.py"
    original = settings.read_text()
    settings.write_text(original.replace('"timeout": 3,', '"timeout": 60,'))
    try:
        with site.gunicorn() as server:
            yield server
    finally:
        settings.write_text(original)


def test_requests_share_the_connections_of_the_pool(site, patient_web):
    """More of them than it has come at once and have to wait for PostgreSQL; in the end all are answered."""

    async def visit():
        async with patient_web.browser() as browser:
            await browser.login("ada", PASSWORD)
            with site.postgres.sleeping(LOCK, DATABASE):
                requests = [asyncio.create_task(browser.http.get("/", timeout=60)) for _ in range(POOL + 8)]
                await asyncio.to_thread(wait_until, lambda: waiting() >= POOL, "the pool to be lent", 40)
                most = max([await asyncio.to_thread(waiting) for _ in range(5)])
            return most, {answer.status_code for answer in await asyncio.gather(*requests)}

    def waiting() -> int:
        return int(site.postgres.sql(WAITING))

    assert asyncio.run(visit()) == (POOL, {200})


def test_a_full_worker_has_a_connection_for_each_task(site):
    """Which keeps it until its end, for longer than a page would wait for one."""
    probe = {"PYTHONPATH": str(PROBE), "DJANGO_SETTINGS_MODULE": "probe_settings"}
    queue = f"from probe_tasks import query_and_wait\nfor _ in range({POOL}): query_and_wait.delay(10)"
    with site.worker(f"--concurrency={POOL}", **probe) as worker:
        site.manage("shell", "-c", queue, **probe)
        wait_until(lambda: worker.log.read_text().count("query_and_wait[") >= 2 * POOL, "all tasks to end")
        assert "raised unexpected" not in worker.log.read_text()
