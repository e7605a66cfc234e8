"""Visitors who use a site while something is done to it."""

import asyncio
import time
from collections.abc import Callable

import httpx

from tests.compose.stack import StackVisit
from tests.site import PASSWORD, USERS
from tests.visit import keep, reconnect

# Not /health/ready, which says what a busy machine is like.
PAGES = ("/", "/login/", "/health/live")
INTERVAL = 0.05  # seconds between two requests
SOCKETS = 6


class Load:
    """`failed` are requests that got no page, `away` the seconds that each lost socket took to be back.

    `slowest` are the seconds that one page took, which tell how busy the machine is.
    """

    def __init__(self, visit: StackVisit):
        self.visit = visit
        self.requests = 0
        self.slowest = 0.0
        self.failed: list[str] = []
        self.away: list[float] = []
        self.lost_state: list[str] = []
        self.over = asyncio.Event()

    async def during(self, action: Callable[[], object]) -> None:
        """Do something, in a thread of its own, while visitors come and pages are open."""
        ready = asyncio.Barrier(SOCKETS + 1)
        async with asyncio.TaskGroup() as group:
            for number in range(SOCKETS):
                group.create_task(self.stay(f"kept by {number}", ready))
            await ready.wait()
            group.create_task(self.come_and_go(group))
            try:
                await asyncio.to_thread(action)
                await asyncio.sleep(2)
            finally:
                self.over.set()

    async def come_and_go(self, group: asyncio.TaskGroup) -> None:
        while not self.over.is_set():
            group.create_task(self.ask(PAGES[self.requests % len(PAGES)]))
            self.requests += 1
            await asyncio.sleep(INTERVAL)

    async def ask(self, path: str) -> None:
        asked = time.monotonic()
        async with self.visit.browser() as browser:
            try:
                answer = await browser.http.get(path, timeout=60)  # seconds; its server may only just start
            except httpx.HTTPError as problem:
                self.failed.append(f"{path} {type(problem).__name__}")
            else:
                if answer.status_code != 200:
                    self.failed.append(f"{path} {answer.status_code}")
        self.slowest = max(self.slowest, time.monotonic() - asked)

    async def stay(self, search: str, ready: asyncio.Barrier) -> None:
        """Keep a page open that has something to lose, and connect again as often as it takes."""
        async with self.visit.browser() as browser:
            await browser.login(USERS[0], PASSWORD)
            await browser.open("/documents/")
            await keep(browser, search)
            await ready.wait()
            while not self.over.is_set():
                closed = asyncio.create_task(browser.socket.wait_closed())
                over = asyncio.create_task(self.over.wait())
                await asyncio.wait({closed, over}, return_when=asyncio.FIRST_COMPLETED)
                if not closed.done():
                    closed.cancel()
                    return
                over.cancel()
                lost = time.monotonic()
                mounted = await reconnect(browser)
                self.away.append(time.monotonic() - lost)
                if search not in mounted.get("html", ""):
                    self.lost_state.append(f"{search}: {mounted}")
