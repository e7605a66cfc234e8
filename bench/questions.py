"""What is compared. Each question takes the lab and a number of rounds, and returns figures by arm."""

import asyncio
import contextlib
import itertools
import re
import signal
import time
import urllib.parse
import uuid
from collections.abc import Iterable

from bench import lab as tools
from bench.lab import Lab, alternate
from tests.client import Browser

PUSHES = 200
SOCKETS = 30


def flat(lists: Iterable[list[float]]) -> list[float]:
    return list(itertools.chain.from_iterable(lists))


def channel_layer(lab: Lab, rounds: int) -> dict:
    arms = ["core", "pubsub"]

    def throughput(arm: str) -> dict[str, float]:
        with lab.web(BENCH_LAYER=arm) as web:
            return asyncio.run(pushed(lab, web, arm))

    results = alternate(arms, rounds, throughput)
    idle = asyncio.run(idle_arms(lab, ["core-as-shipped", *arms]))
    for arm in arms:
        results[arm] |= idle[arm] | asyncio.run(channel_outage(lab, arm))
    return results | {"core-as-shipped": idle["core-as-shipped"]}


async def idle_arms(lab: Lab, arms: list[str]) -> dict[str, dict]:
    """Idle sockets use no CPU, so the arms can wait side by side."""
    return dict(zip(arms, await asyncio.gather(*(idle_sockets(lab, arm) for arm in arms)), strict=True))


async def pushed(lab: Lab, web: tools.Web, arm: str) -> dict[str, float]:
    """A calm stream of pushes, then as many as the sender can: every push goes to every socket."""
    async with web.pages(SOCKETS) as browsers:
        frames: list[list] = [[] for _ in browsers]
        readers = [asyncio.create_task(tools.drain(*pair)) for pair in zip(browsers, frames, strict=True)]
        await send(lab, frames, arm, 30, 0.2)
        calm = [delay for _, delay in deliveries(frames)]
        for one in frames:
            one.clear()
        before = web.cpu()
        sender_cpu = await send(lab, frames, arm, PUSHES, 0)
        cpu = web.cpu() - before
        burst = deliveries(frames)
        for reader in readers:
            reader.cancel()
    seconds = max(at for at, _ in burst) - min(at - delay for at, delay in burst)
    return {
        "5 pushes/s: delay p50, ms": 1000 * tools.percentile(calm, 50),
        "5 pushes/s: delay p95, ms": 1000 * tools.percentile(calm, 95),
        "5 pushes/s: delivered, %": 100 * len(calm) / (30 * SOCKETS),
        "burst: deliveries per second": len(burst) / seconds,
        "burst: delivered, %": 100 * len(burst) / (PUSHES * SOCKETS),
        "burst: CPU of the worker per delivery, ms": 1000 * cpu / len(burst),
        "burst: CPU of the sender per push, ms": 1000 * sender_cpu / PUSHES,
    }


async def send(lab: Lab, frames: list[list], arm: str, count: int, pause: float) -> float:
    """Push from another process, wait until all has arrived, and return the sender's seconds of CPU."""
    sender = lab.push(count, pause, BENCH_LAYER=arm)
    output = await asyncio.to_thread(lambda: sender.communicate()[0])
    await settled(frames)
    return float(output.split()[0])


def deliveries(frames: list[list]) -> list[tuple[float, float]]:
    """Return (arrival, delay) of each push at each socket, in seconds."""
    return [(at, at - sent) for one in frames for at, frame in one for sent in stamps(frame)]


def stamps(frame: dict) -> list[float]:
    """Return the times of sending that a pushed frame shows."""
    texts = [str(patch.get("text", "")) for patch in frame.get("patches", [])]
    return [float(text) for text in texts if text.replace(".", "", 1).isdigit() and "." in text]


async def settled(frames: list[list], quiet: float = 2, longest: float = 60) -> None:
    """Wait until no frame has come for `quiet` seconds."""
    end, count, since = time.monotonic() + longest, -1, time.monotonic()
    while time.monotonic() < end and time.monotonic() - since < quiet:
        if (now := sum(map(len, frames))) != count:
            count, since = now, time.monotonic()
        await asyncio.sleep(0.1)


async def idle_sockets(lab: Lab, arm: str, count: int = 20, seconds: float = 60) -> dict[str, str]:
    with lab.web(BENCH_LAYER=arm) as web:
        async with web.pages(count) as browsers:
            frames: list[list] = [[] for _ in browsers]
            readers = [asyncio.create_task(tools.drain(*pair)) for pair in zip(browsers, frames, strict=True)]
            await asyncio.sleep(seconds)
            open_ = tools.alive(browsers)
            for reader in readers:
                reader.cancel()
    return {f"sockets open after {seconds:.0f} s idle": f"{open_} of {count}"}


async def channel_outage(lab: Lab, arm: str, count: int = 20) -> dict[str, str]:
    """Channel Redis away for 5 s, then back: what becomes of open sockets, and of pushes before and after."""
    with lab.web(BENCH_LAYER=arm) as web:
        async with web.pages(count) as browsers:
            frames: list[list] = [[] for _ in browsers]
            readers = [asyncio.create_task(tools.drain(*pair)) for pair in zip(browsers, frames, strict=True)]
            lab.channels.stop()
            await asyncio.sleep(1)
            during = lab.push(5, 0.1, BENCH_LAYER=arm)
            failed = (await asyncio.to_thread(lambda: during.communicate()[0])).split()[1]
            page = await tools.status(web.url, "/counter/")
            await asyncio.sleep(3)
            still_open = tools.alive(browsers)
            lab.channels.start()
            back = time.time()
            after = lab.push(60, 0.1, BENCH_LAYER=arm)
            await asyncio.to_thread(after.communicate)
            await settled(frames)
            for reader in readers:
                reader.cancel()
            received = [
                [sent for arrival, frame in one for sent in stamps(frame) if sent > back] for one in frames
            ]
            recovered = [min(one) - back for one in received if one]
            silent = [max(times) - min(times) for times in received if times]
    return {
        "outage: open sockets that stay": f"{still_open} of {count}",
        "outage: pushes that raise in the sender": f"{failed} of 5",
        "outage: a page answers": page,
        "after: old sockets that get pushes again": f"{len(recovered)} of {count}",
        "after: first push that arrives, sent at, s": f"{min(recovered):.1f}" if silent else "never",
        "after: pushes of 60 that arrive at each": f"{sum(map(len, received)) / count:.0f}",
    }


def session_engine(lab: Lab, rounds: int) -> dict:
    djusts_own = {"BENCH_SAVE_SECONDS": "0.15"}
    arms = {name: djusts_own | {"BENCH_SESSIONS": name} for name in ("db", "cached_db", "cache")}
    arms |= {"merging": djusts_own, "merging, saves may take 2 s": {}}

    def speed(arm: str) -> dict[str, float]:
        with lab.web(**arms[arm]) as web:
            return asyncio.run(clicked(lab, web, 50))

    return alternate(list(arms), rounds, speed)


def session_outage(lab: Lab, rounds: int) -> dict:
    return {arm: asyncio.run(outages(lab, arm)) for arm in ("db", "cached_db", "cache")}


async def clicked(lab: Lab, web: tools.Web, sockets: int, seconds: float = 5) -> dict[str, float]:
    async with web.pages(sockets) as browsers:
        await asyncio.gather(*(tools.clicks(browser, "increment", 1) for browser in browsers))
        writes, cpu, skipped = lab.session_writes(), web.cpu(), web.unsaved()
        took = flat(
            await asyncio.gather(*(tools.clicks(browser, "increment", seconds) for browser in browsers))
        )
        cpu = web.cpu() - cpu
        writes = lab.session_writes() - writes
        skipped = web.unsaved() - skipped
        calm_skipped = web.unsaved()
        calm = flat(
            await asyncio.gather(
                *(paced_clicks(browser, index / sockets) for index, browser in enumerate(browsers))
            )
        )
        calm_skipped = web.unsaved() - calm_skipped
    return {
        "1 event/s per socket: p50, ms": 1000 * tools.percentile(calm, 50),
        "1 event/s per socket: p95, ms": 1000 * tools.percentile(calm, 95),
        "1 event/s per socket: saves given up, %": 100 * calm_skipped / len(calm),
        "saturated: events per second": len(took) / seconds,
        "saturated: CPU of the worker per event, ms": 1000 * cpu / len(took),
        "saturated: p50, ms": 1000 * tools.percentile(took, 50),
        "saturated: p95, ms": 1000 * tools.percentile(took, 95),
        "saturated: saves given up, %": 100 * skipped / len(took),
        "saturated: rows of django_session written per event": writes / len(took),
    }


async def paced_clicks(browser: Browser, after: float, count: int = 5) -> list[float]:
    """One event a second, the first after so many seconds, so that the sockets spread evenly."""
    await asyncio.sleep(after)
    took = []
    for _ in range(count):
        start = time.monotonic()
        await browser.event("increment")
        took.append(time.monotonic() - start)
        await asyncio.sleep(max(0, 1 - took[-1]))
    return took


async def outages(lab: Lab, arm: str) -> dict[str, str]:
    """Lose each server in turn, then lose what the cache holds, and see what a signed-in visitor meets."""
    found = {}
    with lab.web(BENCH_SESSIONS=arm) as web:
        for name, server in (
            ("session Redis", lab.cache),
            ("state Redis", lab.state),
            ("PostgreSQL", lab.postgres),
        ):
            async with web.pages(5) as browsers:
                server.stop()
                found[f"{name} down: open sockets that answer"] = f"{await tools.answering(browsers)} of 5"
                page, home = await tools.status(web.url, "/counter/"), await tools.status(web.url, "/login/")
                found[f"{name} down: live page / login page"] = f"{page} / {home}"
                server.start()
                await asyncio.sleep(1)
                found[f"{name} back: old sockets that answer"] = f"{await tools.answering(browsers)} of 5"
        async with web.pages(1) as (browser,):
            for _ in range(3):
                await browser.event("increment")
            lab.cache.stop()
            lab.cache.start()
            await browser.disconnect()
            await browser.connect()
            frame = await browser.mount("bench_app.views.CounterView")
            kept = "kept" if ">3<" in frame.get("html", "") else "lost"
            found["session Redis restarted empty: logins and view state"] = kept
    return found


def worker_class(lab: Lab, rounds: int) -> dict:
    arms = {"uvicorn_worker": "bench_app.workers.Plain", "gunicorn asgi": "asgi"}

    def speed(arm: str) -> dict[str, float]:
        with lab.web(worker_class=arms[arm]) as web:
            return asyncio.run(served(lab, web))

    results = alternate(list(arms), rounds, speed)
    for arm, worker in arms.items():
        with lab.web(worker_class=worker) as web:
            results[arm] |= asyncio.run(terminated(web))
    return results


async def served(lab: Lab, web: tools.Web, seconds: float = 4) -> dict[str, float]:
    async def visit() -> list[float]:
        took, end = [], time.monotonic() + seconds
        async with Browser(web.url) as browser:
            while time.monotonic() < end:
                start = time.monotonic()
                await browser.get("/login/")
                took.append(time.monotonic() - start)
        return took

    cpu = web.cpu()
    http = flat(await asyncio.gather(*(visit() for _ in range(8))))
    cpu = web.cpu() - cpu
    async with web.pages(20) as browsers:
        await asyncio.gather(*(tools.clicks(browser, "increment", 1) for browser in browsers))
        before = web.cpu()
        events = flat(
            await asyncio.gather(*(tools.clicks(browser, "increment", seconds) for browser in browsers))
        )
        before = web.cpu() - before
    return {
        "GET /login/ per second": len(http) / seconds,
        "CPU per GET, ms": 1000 * cpu / len(http),
        "GET p95, ms": 1000 * tools.percentile(http, 95),
        "events per second": len(events) / seconds,
        "CPU per event, ms": 1000 * before / len(events),
        "event p95, ms": 1000 * tools.percentile(events, 95),
    }


async def terminated(web: tools.Web) -> dict[str, str]:
    async with web.pages(10) as browsers:
        frames: list[list] = [[] for _ in browsers]
        readers = [asyncio.create_task(tools.drain(*pair)) for pair in zip(browsers, frames, strict=True)]
        start = time.time()
        web.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(web.process.wait, 30)
        ended = time.time() - start
        await asyncio.wait(readers, timeout=5)
        codes = {browser.socket.close_code for browser in browsers}
        closed = max((one[-1][0] - start for one in frames if one), default=0)
    return {
        "TERM: close codes of open sockets": ", ".join(map(str, sorted(codes, key=str))),
        "TERM: last socket closed after, s": f"{closed:.1f}",
        "TERM: server ended after, s (graceful time-out 10)": f"{ended:.1f}",
    }


def deflate(lab: Lab, rounds: int) -> dict:
    arms = {"deflate": "bench_app.workers.Plain", "no deflate": "bench_app.workers.WithoutDeflate"}

    def cost(arm: str) -> dict[str, float]:
        with lab.web(worker_class=arms[arm]) as web:
            return asyncio.run(carried(lab, web))

    return alternate(list(arms), rounds, cost)


async def carried(lab: Lab, web: tools.Web, sockets: int = 100, seconds: float = 4) -> dict[str, float]:
    async with web.pages(1):
        idle = web.rss()
        async with web.pages(sockets) as browsers:
            each = (web.rss() - idle) / sockets
            cpu = web.cpu()
            events = await asyncio.gather(*(tools.clicks(b, "increment", seconds) for b in browsers[:20]))
            cpu = web.cpu() - cpu
    return {
        "RSS per open socket, KB": each / 1024,
        "events per second": sum(map(len, events)) / seconds,
        "CPU of the worker per event, ms": 1000 * cpu / sum(map(len, events)),
    } | await wire(web)


async def wire(web: tools.Web) -> dict[str, float]:
    """Count the bytes that the server sends for a mount, and then for each of twenty events."""
    counted = Counted(web.port)
    server = await asyncio.start_server(counted.relay, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Browser(f"http://127.0.0.1:{port}") as browser:
        await browser.get("/counter/")
        await browser.connect()
        connected = counted.received
        await browser.mount(COUNTER)
        mounted = counted.received
        for _ in range(20):
            await browser.event("increment")
    await asyncio.wait(counted.relays, timeout=5)
    return {
        "bytes on the wire: mount": float(mounted - connected),
        "bytes on the wire: patch of one text": (counted.received - mounted) / 20,
    }


class Counted:
    """A TCP relay that counts what the server sends."""

    def __init__(self, port: int):
        self.port, self.received = port, 0
        self.relays: set[asyncio.Task] = set()

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.relays.add(asyncio.current_task())
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.port)
        await asyncio.gather(self.copy(reader, server_writer, False), self.copy(server_reader, writer, True))

    async def copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: bool) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                self.received += len(data) if count else 0
                writer.write(data)
                await writer.drain()
        writer.close()


def lanes(lab: Lab, rounds: int) -> dict:
    arms = {"one thread": {"BENCH_LANES": "1"}, "8 lanes": {"BENCH_LANES": "8"}}

    def delayed(arm: str) -> dict[str, float]:
        with lab.web(**arms[arm]) as web:
            return asyncio.run(neighbours(lab, web))

    return alternate(list(arms), rounds, delayed)


async def neighbours(lab: Lab, web: tools.Web) -> dict[str, float]:
    """One visitor's sync handler runs for a second; seven others send an event meanwhile."""
    async with web.pages(8, "/slow/") as (slow, *others):
        await asyncio.gather(*(other.event("query") for other in others))
        started = asyncio.create_task(slow.event("sleep", seconds=1.0))
        await asyncio.sleep(0.1)
        start = time.monotonic()
        took = await asyncio.gather(*(timed(other.event("query"), start) for other in others))
        await started
        async with web.pages(40, "/slow/") as more:
            await asyncio.gather(*(one.event("query") for one in more))
            connections = (
                int(lab.postgres.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = 'bench'")) - 0
            )
            rate = sum(map(len, await asyncio.gather(*(tools.clicks(one, "query", 4) for one in more)))) / 4
    return {
        "others wait for an event: median, ms": 1000 * tools.percentile(took, 50),
        "others wait for an event: longest, ms": 1000 * max(took),
        "PostgreSQL connections with 48 sockets": float(connections),
        "events with a query per second": rate,
    }


async def timed(answer, start: float) -> float:
    await answer
    return time.monotonic() - start


COUNTER, SLOW = "bench_app.views.CounterView", "bench_app.views.SlowView"


def tabs(lab: Lab, rounds: int) -> dict:
    """What one visitor's tabs and pages do to each other; nothing is timed, so one round says it all."""
    results = {}
    arms = {
        "Django's db engine": {"BENCH_SESSIONS": "db"},
        "merging engine": {},
        "merging engine, state by tab": {"BENCH_PER_TAB": "yes"},
    }
    for name, arm in arms.items():
        with lab.web(**arm) as web:
            results[name] = asyncio.run(shared_session(web))
    return results


async def shared_session(web: tools.Web) -> dict[str, str]:
    found = {}

    async with tab(web) as one:
        await click(one, 3)
        async with tab(web, one):
            found["tab 1 at 3, tab 2 opens the same page; tab 1 reconnects to"] = await reconnected(one)

    async with tab(web) as one, tab(web, one) as two:
        await click(one, 3)
        await click(two, 1)
        found["tab 1 at 3, tab 2 at 1, same page; tab 1 reconnects to"] = await reconnected(one)
        found["... and tab 2 to"] = await reconnected(two)

    async with tab(web, path="/counter/?a=1") as one, tab(web, one, "/counter/?a=2") as two:
        await click(one, 3)
        await click(two, 1)
        found["the same with query strings that differ; tab 1 to"] = await reconnected(one)

    async with tab(web) as one, tab(web, one, "/slow/") as two:
        await click(one, 3)
        await click(two, 1, "query")
        found["tab 1 at 3, tab 2 at 1 on ANOTHER page; tab 1 reconnects to"] = await reconnected(one)

    async with tab(web) as one:
        await one.http.get("/remember/?value=kept")
        await click(one, 1)
        found["another page puts 'kept' into the session, then an event; it reads"] = (
            await one.http.get("/remember/")
        ).text

    async with tab(web) as one:
        await click(one, 1)
        await one.http.get("/forget/")
        old = dict(one.http.cookies)["sessionid"]
        found["session flushed (sign-out), then an event; it answers"] = (await one.event("increment"))[
            "type"
        ]
        one.http.cookies.set("sessionid", old, domain="127.0.0.1")
        found["... and the session exists again"] = (await one.http.get("/exists/")).text
    return found


@contextlib.asynccontextmanager
async def tab(web: tools.Web, beside: Browser | None = None, path: str = "/counter/"):
    async with Browser(web.url) as browser:
        if beside:
            browser.http.cookies = beside.http.cookies
        browser.tab = uuid.uuid4().hex
        await browser.get(path)
        await mounted(browser)
        yield browser


async def click(browser: Browser, times: int, event: str = "increment") -> None:
    for _ in range(times):
        await browser.event(event)
    await asyncio.sleep(0.3)  # the state is saved after the answer


async def reconnected(browser: Browser) -> str:
    """Return what the page counts after its socket was lost and opened anew."""
    await browser.disconnect()
    return re.search(r'id="count"[^>]*>(\d+)<', (await mounted(browser))["html"])[1]


async def mounted(browser: Browser) -> dict:
    """Connect and mount as djust's script does, with the page's tab as one more parameter."""
    path, _, query = browser.path.partition("?")
    params = dict(urllib.parse.parse_qsl(query)) | {"tab": browser.tab}
    view = SLOW if path == "/slow/" else COUNTER
    await browser.connect()
    await browser.send(type="mount", view=view, params=params, url=path, has_prerendered=True)
    return await browser.until("mount", "error")


def connections(lab: Lab, rounds: int) -> dict:
    arms = ["closed", "reused", "pool"]

    def speed(arm: str) -> dict[str, float]:
        with lab.web(BENCH_CONNECTIONS=arm) as web:
            return asyncio.run(queried(web))

    results = alternate(arms, rounds, speed) | {"pool-as-shipped": {}}
    for arm, found in results.items():
        with lab.web(BENCH_CONNECTIONS=arm) as web:
            found |= asyncio.run(connected(lab, web))
    return results


async def queried(web: tools.Web, seconds: float = 3) -> dict[str, float]:
    async def visit(path: str) -> int:
        async with Browser(web.url) as browser:
            count, end = 0, time.monotonic() + seconds
            while time.monotonic() < end:
                await browser.get(path)
                count += 1
        return count

    found = {}
    for what, path in {"with one query": "/nap/", "of a live page": "/counter/"}.items():
        await visit(path)
        cpu = web.cpu()
        count = sum(await asyncio.gather(*(visit(path) for _ in range(8))))
        found[f"GETs {what} per second"] = count / seconds
        found[f"CPU of the worker per GET {what}, ms"] = 1000 * (web.cpu() - cpu) / count
    async with web.pages(16, "/slow/") as browsers:
        await asyncio.gather(*(tools.clicks(browser, "query", 1) for browser in browsers))
        events = await asyncio.gather(*(tools.clicks(browser, "query", seconds) for browser in browsers))
    return found | {"events with a query per second": sum(map(len, events)) / seconds}


async def connected(lab: Lab, web: tools.Web, sockets: int = 16, requests: int = 40) -> dict[str, str]:
    """Count connections under a burst of requests and after it, and what survives PostgreSQL's restart."""

    async def count() -> int:
        statement = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'bench'"
        return int(await asyncio.to_thread(lab.postgres.sql, statement))

    async def answered(times: int, path: str = "/nap/") -> str:
        codes = [await tools.status(web.url, path) for _ in range(times)]
        return f"{codes.count('200')} of {times}"

    async with web.pages(sockets, "/slow/") as browsers:
        await asyncio.gather(*(browser.event("query") for browser in browsers))
        found = {f"connections with {sockets} sockets": str(await count())}
        burst = [asyncio.create_task(tools.status(web.url, "/nap/?seconds=0.5")) for _ in range(requests)]
        most = 0
        while not all(request.done() for request in burst):
            most = max(most, await count())
        good = [request.result() for request in burst].count("200")
        found[f"... and {requests} requests of half a second at once: connections"] = str(most)
        found["... answered"] = f"{good} of {requests}"
        await asyncio.sleep(2)
        found["... connections 2 s later"] = str(await count())
        lab.postgres.stop()
        down = [asyncio.create_task(tools.status(web.url, "/nap/")) for _ in range(10)]
        await asyncio.wait(down)
        await asyncio.sleep(3)
        lab.postgres.start()
        start = time.monotonic()
        found["PostgreSQL back after some seconds: next GETs answered"] = await answered(10)
        while await answered(3) != "3 of 3":
            pass
        found["... all are, after s"] = f"{time.monotonic() - start:.1f}"
        answers = await asyncio.gather(*(browser.event("query") for browser in browsers))
        good = sum(answer["type"] != "error" for answer in answers)
        found["... next events of open sockets answered"] = f"{good} of {sockets}"
    return found


ALL = {
    "channel-layer": ("0001", channel_layer),
    "session-engine": ("0002", session_engine),
    "session-outage": ("0002", session_outage),
    "worker-class": ("0003", worker_class),
    "deflate": ("0004", deflate),
    "lanes": ("0005", lanes),
    "tabs": ("0006", tabs),
    "connections": ("0007", connections),
}
