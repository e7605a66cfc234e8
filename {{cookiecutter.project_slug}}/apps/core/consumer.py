import logging
import time
from typing import Any

from channels.auth import get_user
from django.db import Error
from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind, StatusCode, get_current_span, get_tracer
from structlog.contextvars import bound_contextvars, get_contextvars

from apps.core.sessions import SessionStore
from apps.ops.consumer import MeasuredConsumer

RECHECK = 10  # seconds for which it is believed that who opened a socket is signed in
PING = '{"type":"ping"}'  # what djust's script sends every 30 seconds

logger = logging.getLogger(__name__)
tracer = get_tracer(__name__)  # does nothing unless config/telemetry.py has started tracing


async def is_signed_in(scope: dict[str, Any]) -> bool:
    """Say whether who opened a socket still is signed in, by the session and the user as stored now."""
    try:
        return scope["user"] == await get_user({"session": SessionStore(scope["session"].session_key)})
    except Error:
        return True  # an outage signs nobody out


class Consumer(MeasuredConsumer):
    """djust's consumer, which logs and traces each event of a page, and ends with its visitor's session."""

    ended = False

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.checked_at = time.monotonic()

    async def dispatch(self, message: dict[str, Any]) -> None:
        if self.is_due(message):
            self.checked_at = time.monotonic()
            self.ended = not await is_signed_in(self.scope)
            if self.ended:
                # The browser connects again, and djust leads it to the login where its page needs one.
                await self.close()
        if not self.ended or message["type"] == "websocket.disconnect":
            await super().dispatch(message)

    def is_due(self, message: dict[str, Any]) -> bool:
        """Say whether to look the visitor up before this message: an event or a push, but not for each.

        A ping is neither: pages at rest ask nothing of the database.
        """
        shows = message["type"] == "server_push" or message.get("text") not in (None, PING)
        believed = self.ended or time.monotonic() < self.checked_at + RECHECK
        return shows and not believed and self.scope["user"].is_authenticated

    # What mounts, events and changes of the URL all go through once they are parsed.
    async def _dispatch_runtime_owned(self, data: dict[str, Any]) -> None:
        view = type(self.view_instance)
        names = {
            "view": data.get("view") if data["type"] == "mount" else f"{view.__module__}.{view.__qualname__}",
            "live_event": data.get("event") or data["type"],
        }
        # A browser's words, which may be of any length.
        with bound_contextvars(**{name: str(value)[:100] for name, value in names.items()}):
            # A trace is the page's with all its events, for a span as long as an open page helps nobody.
            page, ids = extract(self.scope["cookies"]), get_contextvars()
            with tracer.start_as_current_span("live event", page, SpanKind.SERVER, ids):
                await super()._dispatch_runtime_owned(data)
                logger.info("live event")

    async def send_json(self, data: dict[str, Any]) -> None:
        if data.get("type") == "error":  # djust handles what a handler raises
            get_current_span().set_status(StatusCode.ERROR)
        await super().send_json(data)
