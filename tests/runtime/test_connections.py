"""Connections to PostgreSQL where no pooler stands in between."""

import asyncio
import threading

from tests.site import DATABASE, PASSWORD

POOL = 16  # config/databases.py
LOCK = "BEGIN; LOCK django_session; SELECT pg_sleep(1.5); COMMIT"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


def test_requests_share_the_connections_of_the_pool(site, web):
    """More of them than it has come at once and have to wait for PostgreSQL; in the end all are answered."""

    async def visit():
        async with web.browser() as browser:
            await browser.login("ada", PASSWORD)
            holder = threading.Thread(target=site.postgres.sql, args=(LOCK, DATABASE))
            holder.start()
            await asyncio.sleep(0.4)
            requests = [asyncio.create_task(browser.http.get("/")) for _ in range(POOL + 8)]
            await asyncio.sleep(0.8)
            waiting = int(await asyncio.to_thread(site.postgres.sql, WAITING))
            return waiting, {answer.status_code for answer in await asyncio.gather(*requests)}

    assert asyncio.run(visit()) == (POOL, {200})
