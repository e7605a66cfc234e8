import asyncio

import pytest

from apps.core.proxy import ClientAddress


def client_seen(*forwarded, kind="http"):
    """Return the address that the application takes for the client's."""
    seen = []

    async def application(scope, receive, send):
        seen.append(scope["client"][0])

    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope = {"type": kind, "client": ("10.0.0.9", 1234), "headers": headers}
    asyncio.run(ClientAddress(application)(scope, None, None))
    return seen[0]


def test_without_a_proxy_the_header_is_not_believed():
    assert client_seen("198.51.100.7") == "10.0.0.9"


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_only_what_the_proxy_wrote_is_believed(settings, kind):
    settings.DJUST_TRUSTED_PROXY_COUNT = 1
    assert client_seen("1.1.1.1, 198.51.100.7", kind=kind) == "198.51.100.7"
    assert client_seen("1.1.1.1", "198.51.100.7", kind=kind) == "198.51.100.7"


def test_a_load_balancer_that_lists_itself_is_not_the_client(settings):
    settings.DJUST_TRUSTED_PROXY_COUNT = 2
    assert client_seen("1.1.1.1, 198.51.100.7, 203.0.113.1") == "198.51.100.7"


@pytest.mark.parametrize("forwarded", [(), ("",), ("unknown",), ("198.51.100.7; drop table",)])
def test_what_is_no_address_is_ignored(settings, forwarded):
    settings.DJUST_TRUSTED_PROXY_COUNT = 1
    assert client_seen(*forwarded) == "10.0.0.9"
