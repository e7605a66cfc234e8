"""LISTEN/NOTIFY beside a replica; a file of its own, since a server of another site would listen instead."""

import asyncio

import pytest

from tests import matrix, rendering
from tests.runtime.test_live_database import CHANGED, documents, insert, seen
from tests.services import wait_until
from tests.site import Site


@pytest.fixture
def scale_site(services, tmp_path):
    combination = matrix.resolve(matrix.FIRST | {"live_database": "yes", "tier": "scale"})
    site = Site(rendering.project_of(combination), services, tmp_path, combination)
    site.env["WEB_CONCURRENCY"] = "1"
    return site.prepare()


def test_changes_while_readers_of_the_replica_cant_be_warned(scale_site):
    """The state cluster is away, where it is noted how much the replica must have before it is read from."""

    def tried_in_vain():
        return "once Redis is back" in web.log.read_text()

    async def visit():
        async with documents((web, web)) as pages:
            await asyncio.to_thread(scale_site.redis["state"].stop)
            try:
                insert(scale_site, "unmarked.txt", CHANGED)
                await asyncio.to_thread(wait_until, tried_in_vain, "the process that listens to notice")
            finally:
                await asyncio.to_thread(scale_site.redis["state"].start)
            await seen(pages, "unmarked.txt")
            insert(scale_site, "marked.txt", CHANGED)
            await seen(pages, "marked.txt")

    with scale_site.gunicorn() as web:  # one, or another would take over from it
        asyncio.run(visit())
