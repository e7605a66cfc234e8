"""One trace from a page over its socket to a task, and errors of events, as they leave the real servers."""

import asyncio

from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.collector import Collector
from tests.runtime.conftest import PROBE
from tests.services import wait_until
from tests.site import PASSWORD

TRACE = [
    "GET documents/",
    "live event",
    "apply_async/apps.documents.tasks.count_words",
    "run/apps.documents.tasks.count_words",
]
QUERY = "token=not-to-be-reported"


def test_page_event_and_task_are_one_trace(site, monkeypatch):
    async def visit():
        async with web.browser() as browser:
            await browser.login("ada", PASSWORD)
            await browser.open(f"/documents/?{QUERY}")
            await browser.upload("text", "notes.txt", b"to be or not to be")
            await browser.event("save")

    with Collector() as collector:
        monkeypatch.setattr(site, "env", site.env | collector.environment)
        with site.gunicorn() as web, site.worker():
            asyncio.run(visit())
            # Each process sends its own in its own time, and the page's other events are called the same.
            wait_until(lambda: is_one_trace(collector.spans()), "one trace of all", timeout=60)
    assert QUERY not in collector.everything()


def is_one_trace(spans: dict[str, Span]) -> bool:
    if not set(TRACE) <= set(spans):
        return False
    chain = [spans[name] for name in TRACE]
    parents = [span.parent_span_id for span in chain[1:]]
    return len({span.trace_id for span in chain}) == 1 and parents == [span.span_id for span in chain[:-1]]


def test_errors_of_events_are_reported_without_secrets(site):
    """They come with the ids of their log lines, and without passwords, cookies and query strings."""

    async def visit():
        async with web.browser() as browser:
            await browser.login("ada", PASSWORD)
            await browser.get(f"/documents/?{QUERY}")
            await browser.connect()
            await browser.mount("probe_views.CounterView")
            assert (await browser.event("fail", password=PASSWORD))["type"] == "error"
            return [cookie.value for cookie in browser.http.cookies.jar if cookie.path == "/"]

    probe = {"PYTHONPATH": str(PROBE), "DJANGO_SETTINGS_MODULE": "probe_settings"}
    with Collector() as collector, site.gunicorn(**collector.environment, **probe) as web:
        cookies = asyncio.run(visit())
        wait_until(collector.errors, "the error", timeout=60)
        # The last one, for mounting the view is an event too.
        wait_until(lambda: failed(collector.spans().get("live event")), "the span of the event", timeout=60)
    [error] = collector.errors()
    assert error["exception"]["values"][-1]["value"] == "broken on purpose"
    assert error["tags"]["live_event"] == "fail"
    assert f'"request_id": "{error["tags"]["request_id"]}"' in web.log.read_text()
    assert len(cookies) == 2
    reported = collector.everything()
    assert not [secret for secret in (PASSWORD, QUERY, *cookies) if secret in reported]


def failed(span: Span | None) -> bool:
    return span is not None and span.status.code == Status.STATUS_CODE_ERROR


def test_errors_of_commands_are_reported(site):
    fails = ["shell", "-v", "0", "-c", "raise RuntimeError('broken on purpose')"]
    with Collector() as collector:

        def is_reported() -> bool:
            done = site.run("manage.py", *fails, check=False, **collector.environment)
            assert done.returncode != 0
            return bool(collector.errors())  # a process waits for 2 s at most until it has told of its error

        wait_until(is_reported, "the error", timeout=60)
    assert collector.errors()[0]["exception"]["values"][-1]["value"] == "broken on purpose"
