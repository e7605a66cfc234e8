"""The id by which the lines of a log are found that belong together.

A page gets it, the socket that the page opens keeps it, and background work that starts there takes it along.
"""

import re
import secrets
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.conf import settings
from structlog.contextvars import bind_contextvars, clear_contextvars

VALID = re.compile(r"[\w.-]{8,64}", re.ASCII)
# A browser's socket can't be given a header. It takes the last page's cookie, which no page is sent.
COOKIE, SOCKET_PATH = "page", "/ws/live/"


class RequestIds:
    """ASGI middleware that binds a request_id for all that is logged, and answers with it.

    It is the X-Request-ID that a proxy has set, or else the page's that opens a socket, or else a new one.
    """

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        request_id = request_id_of(dict(scope["headers"]), scope["type"])

        async def send_id(message):
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers_of(request_id, message["headers"])]
            await send(message)

        clear_contextvars()  # the server may start a request where another has ended
        bind_contextvars(request_id=request_id)
        await self.app(scope, receive, send_id)


def request_id_of(headers: dict[bytes, bytes], kind: str) -> str:
    candidates = [headers.get(b"x-request-id", b"").decode("latin-1")]
    if kind == "websocket":
        candidates.insert(0, cookie_in(headers.get(b"cookie", b"").decode("latin-1")))
    return next(filter(VALID.fullmatch, candidates), None) or secrets.token_hex(16)


def cookie_in(header: str) -> str:
    try:
        cookie = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return cookie.value if cookie else ""


def for_socket() -> dict[str, Any]:
    """Return the attributes of a cookie that a browser sends as it opens a socket, and at no other time."""
    secure = settings.SESSION_COOKIE_SECURE
    return {"path": SOCKET_PATH, "secure": secure, "httponly": True, "samesite": "Lax"}


def headers_of(request_id: str, response: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    headers = [(b"x-request-id", request_id.encode())]
    kind = next((value for name, value in response if name.lower() == b"content-type"), b"")
    if kind.startswith(b"text/html"):
        cookie = SimpleCookie({COOKIE: request_id})
        cookie[COOKIE].update(for_socket())
        headers.append((b"set-cookie", cookie[COOKIE].OutputString().encode()))
    return headers
