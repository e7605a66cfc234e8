import re

import pytest
import redis
from django.db import OperationalError
from django.test import override_settings
from django.urls import path
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.urls import handler500  # noqa: F401 (Django looks for it beside urlpatterns)


def raise_while_fetching(error):
    try:
        raise error
    except Exception as cause:
        raise RuntimeError("the page can't be built") from cause


urlpatterns = [
    path("redis/", lambda request: redis.Redis(port=1, retry=Retry(NoBackoff(), 0)).ping()),  # nobody listens
    path("slow/", lambda request: raise_while_fetching(redis.TimeoutError("Timeout reading from socket"))),
    path("database/", lambda request: raise_while_fetching(OperationalError("the connection is closed"))),
    path("ours/", lambda request: 1 / 0),
]


@pytest.mark.parametrize("page", ["redis", "slow", "database"])
@override_settings(ROOT_URLCONF=__name__)
def test_page_without_redis_or_database_asks_to_come_back(client, page):
    client.raise_request_exception = False
    response = client.get(f"/{page}/")
    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    nonce = re.search(r"'nonce-([^']+)'", response["Content-Security-Policy"])[1]
    assert f'<style nonce="{nonce}">' in response.content.decode()


@override_settings(ROOT_URLCONF=__name__)
def test_own_mistake_is_owned_up_to(client, caplog):
    client.raise_request_exception = False
    response = client.get("/ours/")
    assert response.status_code == 500
    assert "It is our fault" in response.content.decode()
    assert "Internal Server Error: /ours/" in caplog.text
