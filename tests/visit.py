"""One scripted visit that uses every part of a site in production.

Each step is a function that raises where its part doesn't hold. The boot stage wants all of them to pass; the
mutation stage removes a guard and wants the step that watches it to fail.
"""

import asyncio
import contextlib
import json
import os
import re
import signal
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import NamedTuple
from urllib.parse import urljoin

import httpx
import websockets

from tests.client import Browser
from tests.matrix import Answers
from tests.services import Server, wait_until
from tests.site import DATABASE, HOST, PASSWORD, SECRETS, USERS, Proxy, Site

PUSH_TIMEOUT = 30  # seconds that a change may take to a browser
FOUND_TIMEOUT = 30  # seconds from its counted words to where a document can be found
STOLEN = "198.51.100.9"  # an address that a client claims to have


# Documents of another user, as another program may insert them.
INSERT_DOCUMENT = """
    WITH owner AS (
        INSERT INTO users_user
        (username, password, first_name, last_name, email, is_active, is_staff, is_superuser, date_joined)
        VALUES ('another', '', '', '', '', false, false, false, now())
        ON CONFLICT (username) DO UPDATE SET first_name = '' RETURNING id
    )
    INSERT INTO documents_document
    (name, file, owner_id, state, top_words, error, created_at, changed_at)
    SELECT '{name}', '', id, 'done', '[]', '', now(), now() FROM owner"""
RENAME_OWNER = "UPDATE users_user SET username = 'renamed' WHERE username = 'another'"
NOTIFY = """NOTIFY app_events, '{{"model": "{model}", "pk": {pk}}}'"""


class Visit:
    """The running servers of one site, and how to reach them as a visitor does.

    There are two web servers, as in every tier: what only holds within one process fails between them.
    """

    def __init__(self, site: Site, webs: int = 2):
        self.site = site
        self.servers = ExitStack()
        self.webs = [site.gunicorn(WEB_CONCURRENCY="1") for _ in range(webs)]
        self.worker: Server | None = None
        self.proxy: Proxy | None = None

    def __enter__(self) -> "Visit":
        self.site.prepare()
        if self.site.combination["celery"] != "none":
            self.worker = self.site.worker()
        if self.site.proxy == "nginx":
            self.proxy = self.site.nginx(self.webs)
        with ExitStack() as starting, ThreadPoolExecutor() as together:
            servers = [server for server in (*self.webs, self.worker, self.proxy) if server]
            for server in servers:
                # Nothing is asked of them any more by then, and how they end is for other tests to say.
                starting.callback(server.stop, signal.SIGKILL)
            list(together.map(Server.start, servers))
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

    @property
    def static_url(self) -> str:
        cdn = self.site.cdn
        return f"https://{cdn.variables['CDN_DOMAIN']}/static/" if cdn else "/static/"

    async def fetch(self, browser: Browser, url: str) -> httpx.Response:
        """Fetch what a page of the site links, from the site or, by its full address, from elsewhere."""
        if url.startswith("/"):
            return await browser.http.get(url)
        async with self.site.cdn.client() as elsewhere:
            return await elsewhere.get(url)

    def stored(self, name: str) -> str:
        """Return where the site keeps an uploaded file on disk, from its folder on."""
        [file] = self.site.folder.glob(f"media/**/{name}")
        return file.relative_to(self.site.folder).as_posix()

    def access_log(self) -> str:
        return "\n".join(web.log.read_text() for web in self.webs)

    def workers(self) -> set[int]:
        return {pid for web in self.webs for pid in web.workers()}

    async def signed_in(self, browser: Browser, name: str = USERS[0]) -> Browser:
        answer = await browser.login(name, PASSWORD)
        assert answer.status_code == 302, f"login answered {answer.status_code}"
        return browser


class Step(NamedTuple):
    """What to do, and the answers that a site must have been given for it to make sense."""

    run: Callable[[Visit], None]
    answers: Answers

    def concerns(self, combination: Answers) -> bool:
        return all(combination[name] == value for name, value in self.answers.items())


STEPS: dict[str, Step] = {}
# What shows that all parts of a site work together. The other steps are each about one or two of them.
BASICS = ("deploy_check", "probes", "page", "static_files", "event", "upload_to_push")


def step(**answers: str) -> Callable[[Callable], Callable]:
    """Register a step, in order; an async one is run to its end. `answers` narrow the sites that take it."""

    def register(function: Callable) -> Callable:
        def run(visit: Visit) -> None:
            asyncio.run(function(visit)) if asyncio.iscoroutinefunction(function) else function(visit)

        STEPS[function.__name__] = Step(run, answers)
        return function

    return register


def take(visit: Visit, only: Collection[str] = ()) -> dict[str, str]:
    """Take all steps (or some) in order and return by step what went wrong and what the servers say."""
    problems = {}
    for name, step in STEPS.items():
        if (only and name not in only) or not step.concerns(visit.site.combination):
            continue
        try:
            step.run(visit)
        except Exception as problem:  # whatever it is, it is what this step is there to find
            problems[name] = f"{type(problem).__name__}: {problem}\n{visit.site.last_lines()}"
    return problems


@step()
def deploy_check(visit: Visit) -> None:
    printed = visit.site.manage("check", "--deploy", "--fail-level", "WARNING")
    assert "(0 silenced)" in printed, printed


@step()
async def probes(visit: Visit) -> None:
    async with visit.browser() as browser:
        for path in ("/health/live", "/health/ready"):
            deadline = time.monotonic() + 20  # a cold process gives each part its 2 s, and may take more
            while (answer := await browser.http.get(path)).status_code != 200:
                assert time.monotonic() < deadline, f"{path} answered {answer.status_code} {answer.text}"
                await asyncio.sleep(0.3)


@step()
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


@step()
async def content_policy(visit: Visit) -> None:
    async with visit.browser() as browser:
        policy = (await browser.get("/")).headers["Content-Security-Policy"]
        assert "unsafe" not in policy, policy
        nonce = re.search(r"script-src [^;]*'nonce-([^']+)'", policy)[1]
        scripts = re.findall(r"<script\b[^>]*>", browser.page)
        assert scripts, "the page has no script"
        sources = re.search(r"script-src ([^;]*)", policy)[1].split()
        for script in scripts:
            source = urljoin(f"https://{HOST}/", re.search(r'src="([^"]*)"|$', script)[1])
            own = "'self'" in sources and source.startswith(f"https://{HOST}/static/")
            known = own or any(source.startswith(allowed) for allowed in sources if allowed[:5] == "https")
            assert known or f'nonce="{nonce}"' in script, f"{policy} has no place for {script}"
        assert any(f'nonce="{nonce}"' in script for script in scripts), scripts


@step()
async def wrong_host(visit: Visit) -> None:
    if visit.proxy:
        async with visit.proxy.browser(host="https://evil.example") as browser:
            with contextlib.suppress(httpx.ConnectError):  # no hands are shaken
                raise AssertionError(f"a wrong Host got {await browser.get('/')}")
    async with visit.webs[0].browser(host="https://evil.example") as browser:
        answer = await browser.get("/")
        assert answer.status_code in (400, 421), f"a wrong Host got {answer.status_code}"


@step()
async def plain_http(visit: Visit) -> None:
    if visit.proxy:
        address, headers = f"http://127.0.0.1:{visit.proxy.plain_port}", {}
    else:
        address, headers = visit.webs[0].base, {"X-Forwarded-Proto": "http"}
    async with httpx.AsyncClient(timeout=30) as client:
        answer = await client.get(address + "/login/", headers={"Host": HOST} | headers)
    assert answer.headers.get("Location") == f"https://{HOST}/login/", answer.status_code


@step()
async def static_files(visit: Visit) -> None:
    async with visit.browser() as browser:
        await browser.get("/")
        paths = re.findall(rf'(?:href|src)="({visit.static_url}[^"]+)"', browser.page)
        assert any(path.endswith(".css") for path in paths), paths
        assert any("djust" in path and path.endswith(".js") for path in paths), paths
        assert len(paths) == len(re.findall(r'="[^"]*/static/', browser.page)), browser.page
        for path in paths:
            assert re.search(r"\.[0-9a-f]{12}\.\w+$", path), f"{path} carries no hash"
            answer = await visit.fetch(browser, path)
            assert answer.status_code == 200, f"{path} answered {answer.status_code}"
            cache = answer.headers["Cache-Control"]
            assert "public" in cache, cache
            assert "immutable" in cache, cache
            assert int(re.search(r"max-age=(\d+)", cache)[1]) >= 31536000, cache


@step()
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


@step()
async def event(visit: Visit) -> None:
    async with visit.browser() as browser:
        await (await visit.signed_in(browser)).open("/documents/")
        answer = await browser.event("search", value="nothing has this name")
        assert answer["type"] in ("patch", "html_update"), answer
        assert "No document has" in str(answer), answer


@step()
async def guessed_passwords(visit: Visit) -> None:
    """Ten wrong passwords lock a name for the address that they came from, and for nobody else."""

    async def tries(address: str, password: str) -> httpx.Response:
        async with visit.webs[0].browser(address) as browser:
            return await browser.login(USERS[0], password)

    assert (await tries("198.51.100.1", "a guess")).status_code == 200
    for _ in range(9):
        await tries("198.51.100.1", "a guess")
    answer = await tries("198.51.100.1", PASSWORD)
    assert answer.status_code == 429, answer.status_code
    assert "Too many wrong passwords" in answer.text, answer.text
    assert (await tries("198.51.100.2", PASSWORD)).status_code == 302


@step()
async def upload_to_push(visit: Visit) -> None:
    """A file of several chunks goes up, its row is committed, a task counts it, and both people see it."""
    async with visit.browser() as author, visit.browser() as reader:
        for browser, name in zip((author, reader), USERS, strict=True):
            await (await visit.signed_in(browser, name)).open("/documents/")
        name = f"{uuid.uuid4()}.txt"
        answer = await author.upload("text", name, b"to be or not to be\n" * 20_000)
        assert answer["status"] == "complete", answer
        await author.event("save")
        for browser in (author, reader):
            await browser.shows(name, PUSH_TIMEOUT)
            await browser.shows("120000 words", PUSH_TIMEOUT)


@step()
async def leftovers(visit: Visit) -> None:
    """Neither pages that are asked for nor uploads leave files behind: one day there would be no room."""
    before = set(visit.site.temporary.iterdir())  # a prefork worker has a folder
    async with visit.browser() as browser:
        await (await visit.signed_in(browser)).open("/documents/")
        await browser.upload("text", "leftover.txt", b"nothing is left of this")
        await browser.event("save")
        await browser.get("/documents/")
    wait_until(lambda: set(visit.site.temporary.iterdir()) <= before, "files to be removed", timeout=30)


@step(live_database="yes")
async def change_elsewhere(visit: Visit) -> None:
    """What another program changes and tells of, in whichever table, reaches the pages of both servers."""
    async with visit.webs[0].browser() as first, visit.webs[1].browser() as second:
        for browser, user in zip((first, second), USERS, strict=True):
            await (await visit.signed_in(browser, user)).open("/documents/")
        for change, model, shown in (
            (INSERT_DOCUMENT.format(name="inserted.txt"), "documents.Document", "inserted.txt"),
            (RENAME_OWNER, "users.User", "renamed"),
        ):
            notify = NOTIFY.format(model=model, pk=0)
            visit.site.postgres.sql(f"{change}; {notify}", DATABASE)
            await first.shows(shown, PUSH_TIMEOUT)
            await second.shows(shown, PUSH_TIMEOUT)


@step(tier="scale")
async def read_from_the_replica(visit: Visit) -> None:
    """A page reads from the replica; while that stands still, a page still shows what its visitor did."""
    replica = visit.site.services.replica
    async with visit.browser() as browser:
        await (await visit.signed_in(browser)).open("/documents/")
        replica.catch_up()
        name = f"{uuid.uuid4()}.txt"
        async with asyncio.timeout(PUSH_TIMEOUT):  # Aurora gets 2 s to notice a lag
            while True:
                await browser.event("search", value="nothing has this name")
                await browser.event("search", value="")
                if 'FROM "documents_document"' in replica.queries():
                    break
                await asyncio.sleep(0.2)
        replica.pause()
        try:
            await browser.upload("text", name, b"to be or not to be")
            await browser.event("save")
            await browser.shows(name, PUSH_TIMEOUT)
            assert name in (await browser.get("/documents/")).text, "the new document is missing"
        finally:
            replica.resume()


@step(tier="scale")
async def lost_replica(visit: Visit) -> None:
    """Pages do without the replica, and say nothing of it."""
    replica = visit.site.services.replica
    async with visit.browser() as browser:
        await (await visit.signed_in(browser)).open("/documents/")
        replica.stop()
        try:
            for value in ("any", "thing"):
                answer = await browser.event("search", value=value)
                assert answer["type"] != "error", answer
            assert (await browser.get("/documents/")).status_code == 200
            await readiness(visit, {"status": "ready"})
        finally:
            replica.start()


@step()
async def search(visit: Visit) -> None:
    """A word of a new document finds it, on each server; a word that is nowhere finds nothing."""
    async with visit.browser() as author:
        await (await visit.signed_in(author)).open("/documents/")
        word = new_word()
        name = await uploaded(author, word)
        for _ in range(3):
            before = instead_of_opensearch(visit)
            await found_by(author, name, word)
            assert "No document has" in str(await author.event("search", value=f"{word} nowhere"))
            if instead_of_opensearch(visit) == before:
                break
            # On a busy machine, it may not have answered in its second; then it isn't asked for 10.
            await asyncio.sleep(11)
        else:
            raise AssertionError("it is not OpenSearch that finds")


def instead_of_opensearch(visit: Visit) -> int:
    """Return how often PostgreSQL has stood in for it."""
    return visit.site.written().count("PostgreSQL searches")


def new_word() -> str:
    """Return a word that no other document has; of letters only, so that it counts as one."""
    return "".join(chr(ord("a") + int(digit, 16)) for digit in uuid.uuid4().hex)


async def uploaded(author: Browser, word: str) -> str:
    """Upload a document that has the word in its text, wait until it is counted, and return its name."""
    await author.event("search", value="")
    name = f"{uuid.uuid4().hex}.txt"
    assert (await author.upload("text", name, f"to be or {word} not\n".encode()))["status"] == "complete"
    author.frames.clear()
    await author.event("save")
    await author.shows("5 words", PUSH_TIMEOUT)
    return name


async def found_by(browser: Browser, name: str, query: str) -> None:
    """Search until the document is there, from a page that doesn't list it yet."""
    async with asyncio.timeout(FOUND_TIMEOUT):
        await browser.event("search", value="nothing has this name")
        while name not in str(await browser.event("search", value=query)):
            await browser.event("search", value="nothing has this name")
            await asyncio.sleep(0.1)


@step(tier="scale")
async def search_outage(visit: Visit) -> None:
    """Without OpenSearch, documents are found all the same; once it is back, it is told of what it missed."""
    async with visit.browser() as author:
        await (await visit.signed_in(author)).open("/documents/")
        before, after = new_word(), new_word()
        visit.site.search.stop()
        try:
            await found_by(author, await uploaded(author, before), before)
        finally:
            visit.site.search.start()
        visit.site.manage("search_index")
        assert visit.site.postgres.sql("SELECT count(*) FROM documents_searchchange", DATABASE) == "0"
        await found_by(author, await uploaded(author, after), after)


@step()
async def log_ids(visit: Visit) -> None:
    """One id finds a page's line, those of its events and of their tasks, and nobody else's."""
    server = visit.webs[0]
    async with server.browser() as ada, server.browser() as grace:
        ids = {}
        for user, browser in enumerate((ada, grace), 1):
            await visit.signed_in(browser, USERS[user - 1])
            ids[(await browser.get("/documents/")).headers["X-Request-ID"]] = str(user)
            await reconnect(browser)

        for browser in (ada, grace, ada, grace):  # by turns, in one process
            await browser.event("search", value="x")
        await ada.upload("text", "ids.txt", b"to be or not to be")
        await ada.event("save")
    lines = list(map(json.loads, server.log.read_text().splitlines()))
    assert ids.keys() <= {line["request_id"] for line in lines if "GET /documents/ HTTP" in line["message"]}
    events = Counter((line["request_id"], line["user_id"]) for line in lines if line.get("event") == "search")
    assert {found: events[found] for found in events if found[0] in ids} == dict.fromkeys(ids.items(), 2), (
        events
    )
    if visit.worker:
        [of_ada, _] = ids
        task = re.compile(rf'(?=.*"request_id": "{of_ada}").*"task": "apps.documents.tasks.count_words"')
        wait_until(lambda: task.search(visit.worker.log.read_text()), "a line of her task", timeout=30)


@step()
async def media(visit: Visit) -> None:
    """A file comes back byte for byte to people who are signed in, and to nobody else."""
    content = os.urandom(100_000)
    async with visit.browser() as author, visit.browser() as stranger:
        await (await visit.signed_in(author)).open("/documents/")
        name = f"{uuid.uuid4()}.txt"
        await author.upload("text", name, content)
        await author.event("save")
        await author.get("/documents/")
        link = re.search(rf'<a[^>]* href="([^"]+)"[^>]*>{name}', author.page)[1]
        refusal = await stranger.http.get(link)
        assert refusal.headers.get("Location", "").startswith("/login/"), f"a stranger got {refusal}"
        answer = await author.http.get(link)
        address = answer.headers.get("Location")
        if address:
            answer = await visit.fetch(author, address)
            refusal = await visit.fetch(stranger, address.partition("?")[0])
            assert refusal.status_code in (401, 403), f"without a signature: {refusal}"
        else:
            refusal = await author.http.get(f"/{visit.stored(name)}")
            assert refusal.status_code == 404, f"past the app: {refusal}"
        assert answer.content == content, answer
        assert answer.headers["Content-Disposition"].startswith("attachment"), answer.headers


@step()
async def presence(visit: Visit) -> None:
    """Who looks at a page is counted over all servers."""
    async with visit.webs[0].browser() as first, visit.webs[1].browser() as second:
        await first.open("/")
        assert "2 looking at this page now" in (await second.open("/"))["html"]


@step(tier="scale")
async def shared_messages(visit: Visit) -> None:
    """Each server for messages has its part of what open pages listen to."""
    async with visit.browser() as browser, visit.browser() as reader:
        await browser.open("/")
        await (await visit.signed_in(reader)).open("/documents/")
        for part in ("channel 1", "channel 2"):
            assert "View" in visit.site.redis[part].cli("PUBSUB", "CHANNELS"), f"no page listens to {part}"


@step(tier="scale")
async def cached_page(visit: Visit) -> None:
    """Strangers share a page, each with a nonce of their own, and users see their own name or none."""
    visit.site.redis["cache"].cli("FLUSHALL")
    for name in USERS:
        async with visit.browser() as user:
            await (await visit.signed_in(user, name)).get("/")
            assert f"Sign out {name}" in user.page, f"{name} got somebody else's page"
    async with visit.browser() as first:
        await first.get("/")
        assert "Sign out" not in first.page
    for _ in range(3):  # on a busy machine, the cache may not have answered in its half second
        sessions = count_sessions(visit)
        assert len(await nonces_of_strangers(visit)) == len(visit.webs), "two visitors got the same nonce"
        if count_sessions(visit) == sessions:
            break
    else:
        raise AssertionError("the view was run for a page that is in the cache")
    async with visit.browser() as stranger:
        await stranger.open("/")  # the page of the cache can mount its view
        visit.site.redis["cache"].stop()
        try:
            answer = await stranger.get("/")
        finally:
            visit.site.redis["cache"].start()
        assert answer.status_code == 200, f"without the cache, the page answered {answer.status_code}"


async def nonces_of_strangers(visit: Visit) -> set[str]:
    nonces = set()
    for web in visit.webs:
        async with web.browser() as stranger:
            policy = (await stranger.get("/")).headers["Content-Security-Policy"]
            nonce = re.search(r"'nonce-([^']+)'", policy)[1]
            assert set(re.findall(r'nonce="([^"]+)"', stranger.page)) == {nonce}, "it has another's nonce"
            nonces.add(nonce)
    return nonces


def count_sessions(visit: Visit) -> int:
    return int(visit.site.postgres.sql("SELECT count(*) FROM django_session", DATABASE))


@step()
async def another_server(visit: Visit) -> None:
    """A page that connects again to the other server is where it was."""
    async with visit.webs[0].browser() as browser:
        await (await visit.signed_in(browser)).open("/documents/")
        await keep(browser, "kept on the other server")
        await browser.disconnect()
        browser.base = visit.webs[1].base
        assert "kept on the other server" in (await reconnect(browser))["html"]


@step()
async def client_address(visit: Visit) -> None:
    """An address that a client claims to have reaches neither limits nor logs."""
    async with visit.browser() as browser:
        claimed = ", ".join(filter(None, [STOLEN, browser.headers.get("X-Forwarded-For")]))
        marker = f"/{uuid.uuid4()}/"
        await browser.http.get(marker, headers={"X-Forwarded-For": claimed})
        wait_until(lambda: f"GET {marker} HTTP" in visit.access_log(), "the access log", timeout=30)
    [line] = [line for line in visit.access_log().splitlines() if f"GET {marker} HTTP" in line]
    real = browser.headers.get("X-Forwarded-For", "127.0.0.1").partition(",")[0]
    assert real in line, line
    assert STOLEN not in line, line


@step()
async def killed_server(visit: Visit) -> None:
    """A page whose server process dies is where it was after it has connected again."""
    async with visit.browser() as browser:
        await (await visit.signed_in(browser)).open("/documents/")
        await keep(browser, "kept over a reconnect")
        before = visit.workers()
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(20):
            await browser.socket.wait_closed()
        wait_until(lambda: len(visit.workers() - before) == len(before), "new workers")
        mounted = await reconnect(browser)
        assert "kept over a reconnect" in mounted["html"], mounted["html"]


async def keep(browser: Browser, value: str) -> None:
    """Give the page something to lose."""
    # Twice: a save that takes longer than 2 s is left to the next event.
    for _ in range(2):
        await browser.event("search", value=value)


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


@step()
async def metrics(visit: Visit) -> None:
    """What visitors do is counted, on ports that they don't reach."""
    async with visit.browser() as browser:
        await (await visit.signed_in(browser)).open("/documents/")
        await browser.event("search", value="counted")
        await browser.upload("text", "counted.txt", b"to be counted")
        await browser.event("save")
        assert (await browser.http.get("/metrics")).status_code == 404
        view = {"view": "apps.documents.views.DocumentsView"}
        assert measured(visit.webs, "http_request_duration_seconds_count", route="documents", status="200")
        assert measured(visit.webs, "live_event_duration_seconds_count", handler="search", **view)
        assert measured(visit.webs, "live_patches_total")
        assert measured(visit.webs, "live_sent_bytes_total") > 100
        wait_until(lambda: measured(visit.webs, "live_sockets") == 1, "the sockets to be counted", timeout=30)
        if visit.worker:
            count_words = {"task": "apps.documents.tasks.count_words", "state": "SUCCESS"}
            wait_until(
                lambda: measured([visit.worker], "task_duration_seconds_count", **count_words),
                "the task to be counted",
                timeout=30,
            )
            wait_until(lambda: measured(visit.webs, "live_pushes_total", **view), "its push", timeout=30)


def measured(servers: Collection[Server], name: str, **labels: str) -> float:
    """Return the sum of a metric over servers, of the samples that have these labels."""
    answers = [httpx.get(server.metrics, timeout=30).raise_for_status() for server in servers]
    lines = [line for answer in answers for line in answer.text.splitlines()]
    return sum(
        float(line.rpartition(" ")[2])
        for line in lines
        if re.match(rf"{name}[ {{]", line)
        and all(f'{label}="{value}"' in line for label, value in labels.items())
    )


@step()
async def outages(visit: Visit) -> None:
    """Ready names each part that is away, live is not impressed, and all is well once it is back.

    Ready is 503 with those parts without which pages are 503 too, and with no others.
    """
    async with visit.browser() as browser, visit.browser() as user:
        await (await visit.signed_in(user)).open("/documents/")
        for part, server in visit.site.parts.items():
            needed = part in ("state", "database")
            server.stop()
            try:
                await readiness(visit, {"status": "failing" if needed else "degraded", "failing": [part]})
                assert (await browser.http.get("/health/live")).status_code == 200
                page = await (browser.get("/") if needed else user.get("/documents/"))
                expected = 503 if needed else 200
                assert page.status_code == expected, f"{part} is away: the page answered {page.status_code}"
                if needed:
                    assert "Retry-After" in page.headers
                else:
                    answer = await user.event("search", value=f"without {part}")
                    assert answer["type"] != "error", f"{part} is away: {answer}"
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
        assert answer.status_code == (503 if expected["status"] == "failing" else 200)


@step()
async def work_after_outages(visit: Visit) -> None:
    """A worker that has lost each of its servers is at work again."""
    for attempt in range(5):
        try:
            await upload_to_push(visit)
            break
        # The server's own connection to a Redis for messages may be a dead one yet, once for each of both.
        except (AssertionError, KeyError, TimeoutError, httpx.HTTPError, websockets.WebSocketException):
            if attempt == 4:
                raise


@step()
def secrets(visit: Visit) -> None:
    written = visit.site.written()
    assert "GET /documents/" in written, "there is no access log to look at"
    known = [*SECRETS.values(), visit.site.postgres.PASSWORD, PASSWORD]
    known += [
        visit.site.env[name]
        for name in ("SECRET_KEY", "AWS_SECRET_ACCESS_KEY", "R2_SECRET_ACCESS_KEY")
        if name in visit.site.env
    ]
    assert not [secret for secret in known if secret in written]
