"""Readiness names what fails and nothing else, and is 503 where no page comes without it.

Many probes or slow handlers are no reason for an alarm.
"""

import asyncio

import httpx
import pytest

from tests.services import wait_until

PROBE = b"GET /health/ready HTTP/1.1\r\nHost: balancer\r\nConnection: close\r\n\r\n"


def ready(web) -> tuple[int, list[str]]:
    answer = httpx.get(web.base + "/health/ready", timeout=30)
    return answer.status_code, answer.json().get("failing", [])


def dependencies(site):
    return site.services.by_part


@pytest.mark.parametrize(
    ("name", "status"), [("database", 503), ("state", 503), ("channel", 200), ("broker", 200)]
)
def test_ready_names_what_fails_and_recovers(site, web, name, status):
    service = dependencies(site)[name]
    wait_until(lambda: ready(web) == (200, []), "all parts ready")
    service.stop()
    try:
        wait_until(lambda: ready(web) == (status, [name]), f"{name} to be named")
        answer = httpx.get(web.base + "/health/ready")
        assert httpx.get(web.base + "/health/live").status_code == 200
    finally:
        service.start()
    wait_until(lambda: ready(web) == (200, []), f"{name} to be back")
    for text in (answer.text, web.log.read_text()):
        assert [redis.password for redis in site.redis.values() if redis.password in text] == []


@pytest.mark.parametrize(("name", "status"), [("state", 503), ("channel", 200), ("broker", 200)])
def test_a_part_that_hangs_is_named_within_the_time_of_a_probe(site, web, name, status):
    redis = site.redis[name]
    redis.pause()
    try:
        wait_until(lambda: ready(web) == (status, [name]), f"{name} to be named")
    finally:
        redis.resume()
    wait_until(lambda: ready(web) == (200, []), f"{name} to be back")


def test_two_thousand_probes_at_once_are_all_answered(web):
    async def probe():
        reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
        writer.write(PROBE)
        answer = await reader.read()
        writer.close()
        return answer.split(b" ", 2)[1]

    async def all_at_once():
        return await asyncio.gather(*(probe() for _ in range(2000)))

    wait_until(lambda: set(asyncio.run(all_at_once())) == {b"200"}, "all to be answered")


def test_slow_handlers_of_users_dont_fail_it(probe_web):
    async def visit():
        browsers = [probe_web.browser() for _ in range(12)]
        for browser in browsers:
            await browser.get("/")
            await browser.connect()
            await browser.mount("probe_views.SlowView")
        slow = [asyncio.create_task(browser.event("slow", timeout=60, seconds=10)) for browser in browsers]
        await asyncio.sleep(1)
        async with httpx.AsyncClient(timeout=30) as client:
            for _ in range(3):
                answer = await client.get(probe_web.base + "/health/ready")
                assert answer.status_code == 200, answer.text
                await asyncio.sleep(1.1)
        assert not all(task.done() for task in slow)
        assert "error" not in {answer["type"] for answer in await asyncio.gather(*slow)}
        for browser in browsers:
            await browser.__aexit__()

    asyncio.run(visit())
