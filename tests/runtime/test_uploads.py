"""A thousand uploads by people at the same time: each is counted, by a task that finds its row."""

import asyncio

from tests.services import wait_until
from tests.site import PASSWORD

PEOPLE, EACH = 8, 125


def test_no_task_misses_its_row(site, web):
    async def upload(number: int) -> None:
        async with web.browser() as browser:
            await browser.login("ada", PASSWORD)
            await browser.open("/documents/")
            # A page that lists nothing, so that the load is uploads and tasks, and not the drawing of lists.
            await browser.event("search", value="nothing has this name")
            for index in range(EACH):
                answer = await browser.upload("text", f"load-{number}-{index}.txt", b"one two three")
                assert answer["status"] == "complete", answer
                assert (await browser.event("save"))["type"] != "error"

    async def everybody() -> None:
        await asyncio.gather(*(upload(number) for number in range(PEOPLE)))

    def counted() -> str:
        rows = "SELECT count(*) FROM documents_document WHERE name LIKE 'load-%' AND word_count = 3"
        return site.postgres.sql(rows, "site")

    with site.worker() as worker:
        asyncio.run(everybody())
        wait_until(lambda: counted() == str(PEOPLE * EACH), "all documents to be counted", timeout=180)
        log = worker.log.read_text()
    assert "DoesNotExist" not in log
    assert "raised unexpected" not in log
