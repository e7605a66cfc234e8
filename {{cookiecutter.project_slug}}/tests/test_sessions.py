import inspect
import json
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.testing import WebsocketCommunicator
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.utils import timezone
from djust import runtime

from apps.core import consumer
from apps.core.sessions import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["sync", "async"])
def way(request):
    """How the session is used: as pages do, or as sockets do."""
    return request.param


@pytest.fixture
def save(way):
    return SessionStore.save if way == "sync" else async_to_sync(SessionStore.asave)


@pytest.fixture
def opened(way):
    """Return a function that returns a store which has read the session."""

    def read(key):
        store = SessionStore(key)
        store.keys() if way == "sync" else async_to_sync(store.akeys)()
        return store

    return read


@pytest.fixture
def key():
    store = SessionStore()
    store.update({"search": "", "theme": "light"})
    store.save()
    return store.session_key


def stored(key):
    return dict(SessionStore(key).items())


def test_what_another_page_stored_meanwhile_is_kept(key, opened, save):
    socket, page = opened(key), opened(key)
    page.update({"theme": "dark", "cart": [1]})
    save(page)
    socket["search"] = "novel"
    save(socket)
    assert stored(key) == {"search": "novel", "theme": "dark", "cart": [1]}
    assert socket["cart"] == [1]


def test_own_change_wins(key, opened, save):
    socket, page = opened(key), opened(key)
    page["search"] = "minutes"
    save(page)
    socket["search"] = "novel"
    save(socket)
    assert stored(key)["search"] == "novel"


def test_earlier_change_is_not_saved_again(key, opened, save):
    socket, page = opened(key), opened(key)
    socket["search"] = "novel"
    save(socket)
    page["search"] = "minutes"
    save(page)
    socket["theme"] = "dark"
    save(socket)
    assert stored(key) == {"search": "minutes", "theme": "dark"}


def test_change_inside_a_value_is_saved(key, opened, save):
    store = opened(key)
    store["cart"] = [1]
    save(store)
    store["cart"].append(2)
    save(store)
    assert stored(key)["cart"] == [1, 2]


@pytest.mark.parametrize("other_saves", ["before", "after"])
def test_deleted_key_stays_deleted(key, opened, save, other_saves):
    deleting, other = opened(key), opened(key)
    del deleting["theme"]
    other["search"] = "novel"
    for store in (other, deleting) if other_saves == "before" else (deleting, other):
        save(store)
    assert stored(key) == {"search": "novel"}


def test_session_cleared_before_it_was_read_is_empty(key, save):
    store = SessionStore(key)
    store.clear()
    save(store)
    assert stored(key) == {}


def test_flushed_session_is_not_resurrected(key, opened, save):
    socket = opened(key)
    opened(key).flush()
    for value in ("novel", "minutes"):
        socket["search"] = value
        with pytest.raises(UpdateError):
            save(socket)
    assert not Session.objects.exists()


def test_expired_session_is_not_revived(key, opened, save):
    socket = opened(key)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    socket["search"] = "novel"
    with pytest.raises(UpdateError):
        save(socket)
    assert not SessionStore(key).keys()


def test_cookie_of_an_expired_session_gets_a_new_one(key, opened, save):
    Session.objects.all().delete()
    store = opened(key)
    store["search"] = "novel"
    save(store)
    assert store.session_key != key
    assert stored(store.session_key) == {"search": "novel"}


def test_expiry_is_saved(key, opened, save):
    store = opened(key)
    store.set_expiry(60)
    save(store)
    left = Session.objects.get().expire_date - timezone.now()
    assert timedelta(seconds=50) < left <= timedelta(seconds=60)


def test_new_key_takes_the_values_along(key, opened, save):
    store = opened(key)
    store.cycle_key()
    del store["theme"]
    save(store)
    assert Session.objects.get().session_key == store.session_key != key
    assert stored(store.session_key) == {"search": ""}


def test_login_and_logout(client, user, opened, save):
    client.get("/documents/")
    client.post("/login/", {"username": "ada", "password": "correct horse"})
    socket = opened(client.session.session_key)
    assert client.get("/documents/").status_code == 200
    client.post("/logout/")
    socket["search"] = "novel"
    with pytest.raises(UpdateError):
        save(socket)
    assert client.get("/documents/").status_code == 302


async def answer_to(message, cookies, meanwhile):
    """Open the documents page's socket, have something happen, and say what kind of answer a message gets."""
    headers = [
        (b"origin", b"http://localhost"),
        (b"cookie", "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items()).encode()),
    ]
    socket = WebsocketCommunicator(AuthMiddlewareStack(consumer.Consumer.as_asgi()), "/ws/live/", headers)
    await socket.connect()
    view = "apps.documents.views.DocumentsView"
    await socket.send_json_to({"type": "mount", "view": view, "url": "/documents/", "params": {}})
    while (await socket.receive_json_from(timeout=20))["type"] != "mount":
        pass
    await sync_to_async(meanwhile)()
    await socket.send_to(text_data=message)
    while (sent := await socket.receive_output(timeout=20))["type"] != "websocket.close":
        frame = json.loads(sent["text"])
        if frame["type"] == "pong" or frame.get("ref") == 1:
            await socket.disconnect()
            return frame["type"]
    return "close"


EVENT = '{"type":"event","event":"search","params":{"value":"novel"},"ref":1}'


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("message", "answer"), [(EVENT, "close"), (consumer.PING, "pong")])
def test_a_deactivated_user_s_next_event_ends_the_socket(client, user, monkeypatch, message, answer):
    def deactivate():
        monkeypatch.setattr(consumer, "RECHECK", 0)
        type(user).objects.update(is_active=False)

    client.force_login(user)
    assert async_to_sync(answer_to)(message, client.cookies, deactivate) == answer


@pytest.mark.django_db(transaction=True)
def test_an_outage_of_the_database_ends_no_socket(client, user, monkeypatch):
    async def away(scope):
        raise OperationalError("the connection is closed")

    def cut_off():
        monkeypatch.setattr(consumer, "RECHECK", 0)
        monkeypatch.setattr(consumer, "get_user", away)

    client.force_login(user)
    assert async_to_sync(answer_to)(EVENT, client.cookies, cut_off) == "patch"


def test_djust_waits_as_long_for_a_save_as_it_is_told():
    saves = inspect.getsource(runtime).count("timeout=EVENT_STATE_SAVE_TIMEOUT_S)")
    assert (saves, runtime.EVENT_STATE_SAVE_TIMEOUT_S) == (2, 2.0)
