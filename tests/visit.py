"""One scripted visit that uses every part of a site in production.

Each step is a function that raises where its part doesn't hold. The boot stage wants all of them to pass; the
mutation stage removes a guard and wants the step that watches it to fail.
"""

import asyncio
import contextlib
import os
import re
import signal
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack

import httpx
import websockets

from tests.client import Browser
from tests.services import Server, wait_until
from tests.site import HOST, PASSWORD, SECRETS, USERS, Proxy, Site

PUSH_TIMEOUT = 30  # seconds from an upload to its counted words in every browser
STOLEN = "198.51.100.9"  # an address that a client claims to have


class Visit:
    """The running servers of one site, and how to reach them as a visitor does."""

    def __init__(self, site: Site):
        self.site = site
        self.servers = ExitStack()
        # Two, as in every tier: what only holds within one process fails between them.
        self.webs = [site.gunicorn(WEB_CONCURRENCY="1") for _ in range(2)]
        self.worker: Server | None = None
        self.proxy: Proxy | None = None

    def __enter__(self) -> "Visit":
        self.site.prepare()
        with ExitStack() as starting:
            for web in self.webs:
                starting.enter_context(web)
            if self.site.combination["celery"] != "none":
                self.worker = starting.enter_context(self.site.worker())
            if self.site.proxy == "nginx":
                self.proxy = starting.enter_context(self.site.nginx(self.webs))
            self.servers = starting.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self.servers.close()

    def browser(self, **options: str) -> Browser:
        """Return a visitor who comes through nginx, or else as through the platform's balancer."""
        if self.proxy:
            return self.proxy.browser(**options)
        self.webs.reverse()
        return self.webs[0].browser(**options)

    def access_log(self) -> str:
        return "\n".join(web.log.read_text() for web in self.webs)

    def workers(self) -> set[int]:
        return {pid for web in self.webs for pid in web.workers()}

    async def signed_in(self, browser: Browser, name: str = USERS[0]) -> Browser:
        answer = await browser.login(name, PASSWORD)
        assert answer.status_code == 302, f"login answered {answer.status_code}"
        return browser


Step = Callable[[Visit], None]
STEPS: dict[str, Step] = {}


def step(function: Callable) -> Callable:
    """Register a step, in order; an async one is run to its end."""

    def run(visit: Visit) -> None:
        asyncio.run(function(visit)) if asyncio.iscoroutinefunction(function) else function(visit)

    STEPS[function.__name__] = run
    return function


def take(visit: Visit, only: tuple[str, ...] = ()) -> dict[str, str]:
    """Take all steps (or some) in order and return what went wrong, by step."""
    problems = {}
    for name, run in STEPS.items():
        if only and name not in only:
            continue
        try:
            run(visit)
        except Exception as problem:  # whatever it is, it is what this step is there to find
            problems[name] = f"{type(problem).__name__}: {problem}"
    return problems


@step
def deploy_check(visit: Visit) -> None:
    printed = visit.site.manage("check", "--deploy", "--fail-level", "WARNING")
    assert "(0 silenced)" in printed, printed


@step
async def probes(visit: Visit) -> None:
    async with visit.browser() as browser:
        for path in ("/health/live", "/health/ready"):
            answer = await browser.http.get(path)
            assert answer.status_code == 200, f"{path} answered {answer.status_code} {answer.text}"


@step
async def page(visit: Visit) -> None:
    async with visit.browser() as browser:
        answer = await browser.get("/")
        assert answer.status_code == 200, answer.status_code
        assert "max-age=31536000; includeSubDomains; preload" in answer.headers["Strict-Transport-Security"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        cookies = answer.headers.get_list("Set-Cookie")
        assert cookies, "no cookie is set"
        assert all("Secure" in cookie for cookie in cookies), cookies


@step
async def content_policy(visit: Visit) -> None:
    async with visit.browser() as browser:
        policy = (await browser.get("/")).headers["Content-Security-Policy"]
        assert "unsafe" not in policy, policy
        nonce = re.search(r"script-src [^;]*'nonce-([^']+)'", policy)[1]
        scripts = re.findall(r"<script\b[^>]*>", browser.page)
        assert scripts, "the page has no script"
        assert all(f'nonce="{nonce}"' in script or 'src="/static/' in script for script in scripts), scripts
        assert any(f'nonce="{nonce}"' in script for script in scripts), scripts


@step
async def wrong_host(visit: Visit) -> None:
    if visit.proxy:
        async with visit.proxy.browser(host="https://evil.example") as browser:
            with contextlib.suppress(httpx.ConnectError):  # no hands are shaken
                raise AssertionError(f"a wrong Host got {await browser.get('/')}")
    async with visit.webs[0].browser(host="https://evil.example") as browser:
        answer = await browser.get("/")
        assert answer.status_code in (400, 421), f"a wrong Host got {answer.status_code}"


@step
async def plain_http(visit: Visit) -> None:
    if visit.proxy:
        address, headers = f"http://127.0.0.1:{visit.proxy.plain_port}", {}
    else:
        address, headers = visit.webs[0].base, {"X-Forwarded-Proto": "http"}
    async with httpx.AsyncClient() as client:
        answer = await client.get(address + "/login/", headers={"Host": HOST} | headers)
    assert answer.headers.get("Location") == f"https://{HOST}/login/", answer.status_code


@step
async def static_files(visit: Visit) -> None:
    async with visit.browser() as browser:
        await browser.get("/")
        paths = re.findall(r'(?:href|src)="(/static/[^"]+)"', browser.page)
        assert any(path.endswith(".css") for path in paths), paths
        assert any("djust" in path and path.endswith(".js") for path in paths), paths
        for path in paths:
            assert re.search(r"\.[0-9a-f]{12}\.\w+$", path), f"{path} carries no hash"
            answer = await browser.http.get(path)
            assert answer.status_code == 200, f"{path} answered {answer.status_code}"
            cache = answer.headers["Cache-Control"]
            assert "public" in cache, cache
            assert "immutable" in cache, cache
            assert int(re.search(r"max-age=(\d+)", cache)[1]) >= 31536000, cache


@step
async def foreign_origin(visit: Visit) -> None:
    for origin in ("https://evil.example", "null"):
        async with visit.browser() as browser:
            await browser.get("/")
            try:
                await browser.connect(origin=origin)
            except websockets.InvalidStatus as refusal:
                assert refusal.response.status_code == 403, refusal
            else:
                raise AssertionError(f"a page of {origin} could open a socket")


@step
async def event(visit: Visit) -> None:
    async with visit.browser() as browser:
        await (await visit.signed_in(browser)).open("/documents/")
        answer = await browser.event("search", value="nothing has this name")
        assert answer["type"] in ("patch", "html_update"), answer
        assert "No document has" in str(answer), answer


@step
async def upload_to_push(visit: Visit) -> None:
    """A file of several chunks goes up, its row is committed, a task counts it, and both people see it."""
    async with visit.browser() as author, visit.browser() as reader:
        for browser, name in zip((author, reader), USERS, strict=True):
            await (await visit.signed_in(browser, name)).open("/documents/")
        name = f"{uuid.uuid4()}.txt"
        answer = await author.upload("text", name, b"to be or not to be\n" * 20_000)
        assert answer["status"] == "complete", answer
        await author.event("save")
        async with asyncio.timeout(PUSH_TIMEOUT):
            for browser in (author, reader):
                await browser.shows(name)
                await browser.shows("120000 words")


@step
async def presence(visit: Visit) -> None:
    """Who looks at a page is counted over all servers."""
    async with visit.webs[0].browser() as first, visit.webs[1].browser() as second:
        await first.open("/")
        assert "2 looking at this page now" in (await second.open("/"))["html"]


@step
async def another_server(visit: Visit) -> None:
    """A page that connects again to the other server is where it was."""
    async with visit.webs[0].browser() as browser:
        await (await visit.signed_in(browser)).open("/documents/")
        await browser.event("search", value="kept on the other server")
        await browser.disconnect()
        browser.base = visit.webs[1].base
        assert "kept on the other server" in (await reconnect(browser))["html"]


@step
async def client_address(visit: Visit) -> None:
    """An address that a client claims to have reaches neither limits nor logs."""
    async with visit.browser() as browser:
        claimed = ", ".join(filter(None, [STOLEN, browser.headers.get("X-Forwarded-For")]))
        marker = f"/{uuid.uuid4()}/"
        await browser.http.get(marker, headers={"X-Forwarded-For": claimed})
        wait_until(lambda: f"GET {marker} HTTP" in visit.access_log(), "the access log", timeout=10)
    [line] = [line for line in visit.access_log().splitlines() if f"GET {marker} HTTP" in line]
    real = browser.headers.get("X-Forwarded-For", "127.0.0.1").partition(",")[0]
    assert real in line, line
    assert STOLEN not in line, line


@step
async def killed_server(visit: Visit) -> None:
    """A page whose server process dies is where it was after it has connected again."""
    async with visit.browser() as browser:
        await (await visit.signed_in(browser)).open("/documents/")
        await browser.event("search", value="kept over a reconnect")
        before = visit.workers()
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(20):
            await browser.socket.wait_closed()
        wait_until(lambda: len(visit.workers() - before) == len(before), "new workers")
        mounted = await reconnect(browser)
        assert "kept over a reconnect" in mounted["html"], mounted["html"]


async def reconnect(browser: Browser) -> dict:
    """Connect and mount again without a page load, as djust's script does; it tries more than once."""
    view = re.search(r'dj-view="([^"]+)"', browser.page)[1]
    deadline = time.monotonic() + 60
    while True:
        try:
            await browser.connect()
            return await browser.mount(view)
        except (OSError, websockets.WebSocketException):  # the server may still be on its way up
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.5)


@step
async def outages(visit: Visit) -> None:
    """Ready names each part that is away, live is not impressed, and all is well once it is back."""
    async with visit.browser() as browser:
        for part, server in visit.site.parts.items():
            server.stop()
            try:
                await readiness(visit, {"status": "failing", "failing": [part]})
                assert (await browser.http.get("/health/live")).status_code == 200
                if part in ("state", "database"):
                    page = await browser.get("/")
                    assert page.status_code == 503, f"{part} is away: the page answered {page.status_code}"
                    assert "Retry-After" in page.headers
            finally:
                server.start()
            await readiness(visit, {"status": "ready"})


async def readiness(visit: Visit, expected: dict) -> None:
    """Ask each server until it says what is expected, or for 20 seconds."""
    for web in visit.webs:
        deadline = time.monotonic() + 20
        async with web.browser() as balancer:
            while (answer := await balancer.http.get("/health/ready")).json() != expected:
                assert time.monotonic() < deadline, f"{answer.text} instead of {expected}"
                await asyncio.sleep(0.3)
        assert answer.status_code == (200 if expected["status"] == "ready" else 503)


@step
async def work_after_outages(visit: Visit) -> None:
    """A worker that has lost each of its servers is at work again."""
    for attempt in range(3):
        try:
            await upload_to_push(visit)
            break
        except websockets.ConnectionClosed:  # by the server, whose own connection to Redis is a dead one yet
            if attempt == 2:
                raise


@step
def secrets(visit: Visit) -> None:
    written = visit.site.written()
    assert "GET /documents/" in written, "there is no access log to look at"
    known = [*SECRETS.values(), visit.site.postgres.PASSWORD, PASSWORD]
    known += [
        visit.site.env[name] for name in ("SECRET_KEY", "AWS_SECRET_ACCESS_KEY") if name in visit.site.env
    ]
    assert not [secret for secret in known if secret in written]
