"""The broker away while somebody uploads: the document is kept, and its task can be queued later."""

import asyncio

from tests.site import PASSWORD


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
