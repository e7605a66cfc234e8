"""The broker away, or taking nothing, while somebody uploads: the document is kept, and queued later."""

import asyncio

from tests import matrix, rendering
from tests.site import PASSWORD, Site


def test_upload_without_a_broker(site, web):
    async def visit():
        async with web.browser() as browser:
            await browser.login("ada", PASSWORD)
            await browser.open("/documents/")
            await browser.upload("text", "without-broker.txt", b"one two three")
            site.redis["broker"].stop()
            try:
                answer = await browser.event("save")
            finally:
                site.redis["broker"].start()
            await browser.shows("without-broker.txt")
            return answer

    answer = asyncio.run(visit())
    assert answer["type"] in ("patch", "html_update"), answer


def test_upload_while_rabbitmq_takes_nothing(services, tmp_path):
    """As it does while its memory or its disk is short: it lets everybody connect, and reads no message."""
    combination = matrix.resolve(matrix.FIRST | {"broker": "rabbitmq"})
    site = Site(rendering.project_of(combination), services, tmp_path, combination).prepare()

    async def visit(web):
        async with web.browser() as browser:
            await browser.login("ada", PASSWORD)
            await browser.open("/documents/")
            await browser.upload("text", "blocked.txt", b"one two three four")
            site.broker.control("set_vm_memory_high_watermark", "0")
            try:
                answer = await browser.event("save", timeout=30)
            finally:
                site.broker.control("set_vm_memory_high_watermark", "0.4")
            assert answer["type"] in ("patch", "html_update"), answer
            await browser.shows("blocked.txt")
            await browser.upload("text", "taken-again.txt", b"one two three")
            await browser.event("save")
            await browser.shows("3 words")

    with site.worker(), site.gunicorn(WEB_CONCURRENCY="1") as web:
        asyncio.run(visit(web))
