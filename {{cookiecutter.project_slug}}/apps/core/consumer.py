import logging
from typing import Any

from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind, StatusCode, get_current_span, get_tracer
from structlog.contextvars import bound_contextvars, get_contextvars

from apps.ops.consumer import MeasuredConsumer

logger = logging.getLogger(__name__)
tracer = get_tracer(__name__)  # does nothing unless config/telemetry.py has started tracing


class Consumer(MeasuredConsumer):
    """djust's consumer, which logs and traces each event of a page."""

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
