import asyncio
import json
import logging
import sys

import pytest
import structlog
from structlog.contextvars import bound_contextvars, get_contextvars

from apps.core.ids import RequestIds
#% if cookiecutter.celery != "none"
from apps.core.tasks import clear_expired_sessions
#% endif
from config.logs import json_lines


def written(message, *args, **attributes):
    """Return what the log has for a line of a library, as an object."""
    settings = json_lines("INFO")["formatters"]["lines"]
    formatter = settings.pop("()")(**settings)
    record = logging.LogRecord("library", logging.WARNING, "file.py", 1, message, args, None)
    record.__dict__ |= attributes
    return json.loads(formatter.format(record))


def test_lines_carry_ids_and_what_the_caller_adds():
    with bound_contextvars(request_id="abc", live_event="search"):
        line = written("took %s", 3, document=7)
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "warning",
        "logger": "library",
        "message": "took 3",
        "request_id": "abc",
        "event": "search",
        "document": 7,
    }


#% if cookiecutter.celery == "none"
def test_requests_are_left_out():
    assert "secret" not in json.dumps(written("gone", request="GET /?token=secret"))
#% else
def test_requests_and_arguments_of_tasks_are_left_out():
    line = written("gone", request="GET /?token=secret", data={"args": "secret"})
    assert "secret" not in json.dumps(line)
#% endif
##%
##%
def test_tracebacks_have_no_values_of_variables():
    password = "correct horse"
    try:
        raise ValueError
    except ValueError:
        line = written("failed", exc_info=sys.exc_info())
    assert "raise ValueError" in line["exception"]
    assert password not in line["exception"]


def answered(kind="http", content_type=b"text/html", **headers):
    """Return the id that is bound for a request, and the headers of its answer."""
    bound, sent = [], []

    async def application(scope, receive, send):
        bound.append(get_contextvars())
        await send({"type": f"{kind}.response.start", "headers": [(b"content-type", content_type)]})

    async def send(message):
        sent.extend(message["headers"])

    scope = {"type": kind, "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
    asyncio.run(RequestIds(application)(scope, None, send))
    [ids] = bound
    return ids["request_id"], dict(sent)


def test_a_request_gets_an_id_and_its_answer_says_so():
    request_id, headers = answered()
    assert headers[b"x-request-id"] == request_id.encode()
    assert answered()[0] != request_id


def test_the_id_of_a_proxy_is_kept_if_it_looks_like_one():
    assert answered(**{"x-request-id": "f00-ba12"})[0] == "f00-ba12"
    for strange in ("short", "x" * 65, "with a space", '"},{"'):
        assert answered(**{"x-request-id": strange})[0] != strange


def test_a_socket_has_the_id_of_its_page():
    request_id, headers = answered()
    cookie = headers[b"set-cookie"].decode()
    assert "Path=/ws/live/" in cookie
    assert answered("websocket", cookie=cookie.partition(";")[0])[0] == request_id
    assert b"set-cookie" not in answered(content_type=b"application/json")[1]


@pytest.mark.parametrize("cookie", ["page=a b", "page=", "page", "a=1; =;;"])
def test_a_broken_cookie_breaks_nothing(cookie):
    assert len(answered("websocket", cookie=cookie)[0]) == 32


def test_ids_of_an_earlier_request_are_forgotten():
    with bound_contextvars(user_id="1"):
        asyncio.run(RequestIds(nothing_of_the_user)({"type": "http", "headers": []}, None, None))


async def nothing_of_the_user(scope, receive, send):
    assert "user_id" not in get_contextvars()
#% if cookiecutter.celery != "none"
##%
##%
@pytest.mark.django_db
def test_a_task_leaves_the_ids_as_they_were():
    with bound_contextvars(request_id="abc"):
        clear_expired_sessions.apply()
        assert get_contextvars() == {"request_id": "abc"}
#% endif
##%
##%
def test_structlog_writes_to_the_same_place(caplog):
    structlog.get_logger("project").warning("counted", words=3)
    assert caplog.records[0].name == "project"
