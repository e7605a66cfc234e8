import re

import pytest
from django.core.cache import cache
from redis import RedisError

NONCE = re.compile(r"'nonce-([^']+)'")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture(autouse=True)
def home_is_cached(db, settings):
    settings.CACHED_PAGES = {"/": 30}
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "apps.core.page_cache.PageCacheMiddleware"]
    cache.clear()


def nonce(response):
    return NONCE.search(response.headers["Content-Security-Policy"])[1]


def test_second_stranger_gets_the_page_without_a_query(client, django_assert_num_queries):
    client.get("/")
    client.cookies.clear()
    with django_assert_num_queries(0):
        response = client.get("/")
    assert 'dj-view="apps.core.views.HomeView"' in response.content.decode()


def test_nonce_and_token_are_the_visitor_s_own(client):
    first = client.get("/")
    client.cookies.clear()
    second = client.get("/")
    assert nonce(first) != nonce(second)
    page = second.content.decode()
    assert f'nonce="{nonce(second)}"' in page
    assert nonce(first) not in page
    assert TOKEN.search(first.content.decode())[1] not in page
    assert second.cookies["csrftoken"].value != first.cookies["csrftoken"].value
    assert "Cookie" in second.headers["Vary"]


def test_stranger_s_token_is_accepted(client):
    client.get("/")
    client.cookies.clear()
    client.handler.enforce_csrf_checks = True
    token = TOKEN.search(client.get("/").content.decode())[1]
    assert client.post("/logout/", {"csrfmiddlewaretoken": token}).status_code == 302


def test_page_of_a_user_is_neither_stored_nor_taken_from_the_cache(client, user):
    client.force_login(user)
    assert "Sign out ada" in client.get("/").content.decode()
    client.logout()
    client.cookies.clear()
    assert "Sign out" not in client.get("/").content.decode()
    client.force_login(user)
    assert "Sign out ada" in client.get("/").content.decode()


def test_query_strings_fill_no_cache(client):
    client.get("/?a=1")
    assert not cache._cache


def test_page_comes_without_the_cache(client, monkeypatch):
    def away(*args, **kwargs):
        raise RedisError

    monkeypatch.setattr(cache, "get", away)
    monkeypatch.setattr(cache, "set", away)
    assert client.get("/").status_code == 200
