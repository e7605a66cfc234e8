import subprocess
import sys
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from channels.auth import AuthMiddlewareStack
from channels.testing import WebsocketCommunicator
#% if cookiecutter.celery != "none"
from opentelemetry.instrumentation.celery import CeleryInstrumentor
#% endif
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.contextvars import bound_contextvars

from apps.core.consumer import Consumer
from config import telemetry


def test_without_its_variables_nothing_of_it_is_imported():
    # The parts of OpenTelemetry that do nothing are imported by djust and redis anyway.
    done = subprocess.run(
        [sys.executable, "-c", "import sys, config.asgi; print(*sys.modules)"],
        capture_output=True,
        text=True,
    )
    imported = set(done.stdout.split())
    assert "config.telemetry" in imported
    assert not imported & {"sentry_sdk", "opentelemetry.exporter", "opentelemetry.instrumentation"}


@pytest.mark.parametrize("referer", ["Referer", "referer", "REFERER"])
def test_errors_carry_the_ids_of_the_log_and_no_query_string(referer):
    headers = {"Host": "testserver", referer: "http://testserver/?token=secret"}
    request = {"url": "/", "query_string": "token=secret", "headers": headers}
    with bound_contextvars(request_id="abc"):
        event = telemetry.with_ids({"request": request}, {})
    expected = {"url": "/", "headers": {"Host": "testserver"}}
    assert event == {"tags": {"request_id": "abc"}, "request": expected}


@pytest.fixture(scope="module")
def exporter():
    exporter = InMemorySpanExporter()
    telemetry.trace(SimpleSpanProcessor(exporter))
    yield exporter
    DjangoInstrumentor().uninstrument()
#% if cookiecutter.celery != "none"
    CeleryInstrumentor().uninstrument()
#% endif
##%
##%
@async_to_sync
async def save_document(cookies):
    """Open the socket of a page with the cookies that it left, upload a file and save it."""
    headers = [
        (b"origin", b"http://localhost"),
        (b"cookie", "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items()).encode()),
    ]
    socket = WebsocketCommunicator(AuthMiddlewareStack(Consumer.as_asgi()), "/ws/live/", headers)
    await socket.connect(timeout=10)

    async def until(**fields):
        while not fields.items() <= (await socket.receive_json_from(timeout=10)).items():
            pass

    view = "apps.documents.views.DocumentsView"
    await socket.send_json_to({"type": "mount", "view": view, "url": "/documents/", "params": {}})
    await until(type="mount")
    ref, document = uuid4(), b"one two"
    announced = {"client_name": "notes.txt", "client_type": "text/plain", "client_size": len(document)}
    upload = {"type": "upload_register", "upload_name": "text", "ref": str(ref)}
    await socket.send_json_to(upload | announced)
    await socket.send_to(bytes_data=b"\x01" + ref.bytes + bytes(4) + document)
    await socket.send_to(bytes_data=b"\x02" + ref.bytes)
    await until(type="upload_progress", status="complete")
    await socket.send_json_to({"type": "event", "event": "save", "params": {}, "ref": 1})
    await until(ref=1)
    await socket.disconnect(timeout=10)


@pytest.mark.django_db(transaction=True)
def test_a_page_and_what_its_events_do_are_one_trace(client, user, exporter):
    client.force_login(user)
    client.get("/documents/?token=secret")
    save_document(client.cookies)
    page, *rest = exporter.get_finished_spans()
    assert page.name == "GET documents/"
    assert "secret" not in page.to_json()
    assert {span.context.trace_id for span in rest} == {page.context.trace_id}
    events = {span.attributes["live_event"]: span for span in rest if span.name == "live event"}
    assert events["mount"].parent.span_id == events["save"].parent.span_id == page.context.span_id
    assert events["save"].attributes["user_id"] == str(user.pk)
#% if cookiecutter.celery != "none"
    [task] = [span for span in rest if span.name == "run/apps.documents.tasks.count_words"]
    assert task.parent.span_id == events["save"].context.span_id
#% endif
