import socket
from urllib.request import urlopen

import pytest
#% if cookiecutter.celery != "none"
from celery import shared_task
#% endif
from prometheus_client import REGISTRY

from apps.documents.views import DocumentsView
from apps.ops import metrics
#% if cookiecutter.celery != "none"
from apps.ops.beat import BacklogCollector
#% endif
from apps.ops.consumer import MeasuredConsumer


def measured(name, **labels):
    return REGISTRY.get_sample_value(name, labels) or 0


def requests(method, route, status):
    return measured("http_request_duration_seconds_count", method=method, route=route, status=status)


@pytest.mark.parametrize(
    ("method", "path", "labels"),
    [
        ("GET", "/login/", ("GET", "login", "200")),
        ("GET", "/no/such/page/", ("GET", "none", "404")),
        ("WHATEVER", "/login/", ("other", "login", "405")),
    ],
)
@pytest.mark.django_db
def test_requests_are_counted_by_route(client, method, path, labels):
    before = requests(*labels)
    client.generic(method, path)
    assert requests(*labels) == before + 1


@pytest.mark.parametrize(
    ("event", "counted_as"),
    [("search", "search"), ("mount", "other"), ("no such handler", "other"), (None, "other"), ([], "other")],
)
def test_browsers_cannot_invent_handlers(event, counted_as):
    consumer = MeasuredConsumer()
    consumer.view_instance = DocumentsView()
    assert consumer.view_name == "apps.documents.views.DocumentsView"
    assert consumer.handler_name(event) == counted_as


def test_a_taken_port_stops_nothing(caplog):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    metrics.serve(port)
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        assert b"live_sockets" in answer.read()
    metrics.serve(port)
    assert f"Metrics are not served on port {port}" in caplog.text
#% if cookiecutter.celery != "none"
##%
##%
def fail():
    raise OSError("redis://:secret@localhost refused")


@shared_task
def failing():
    fail()


def test_tasks_are_counted_by_their_end():
    before = measured("task_duration_seconds_count", task=failing.name, state="FAILURE")
    failing.apply(throw=False)
    assert measured("task_duration_seconds_count", task=failing.name, state="FAILURE") == before + 1
    assert measured("task_failures_total", task=failing.name, error="OSError") == before + 1


def test_an_unknown_backlog_is_missing(monkeypatch, caplog):
    monkeypatch.setattr("apps.ops.beat.backlog", fail)
    assert not list(BacklogCollector().collect())
    assert "The backlog is not known (OSError)" in caplog.text
    assert "secret" not in caplog.text
#% endif
