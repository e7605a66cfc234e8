from typing import Any

from djust.decorators import is_event_handler
from djust.websocket import LiveViewConsumer
from prometheus_client import Counter, Gauge, Histogram

SOCKETS = Gauge("live_sockets", "Sockets that are open.", multiprocess_mode="livesum")
EVENTS = Histogram(
    "live_event_duration_seconds", "Time from an event's arrival to its answer.", ["view", "handler"]
)
PUSHES = Counter("live_pushes", "Pushes that reached a socket.", ["view"])
FRAMES = Counter("live_frames", "Messages sent to browsers, by djust's type of them.", ["type"])
PATCHES = Counter("live_patches", "Changes of pages sent to browsers.")
SENT = Counter("live_sent_bytes", "Bytes sent to browsers, before compression.")


class MeasuredConsumer(LiveViewConsumer):
    """djust's consumer, counting what goes through it."""

    async def __call__(self, scope, receive, send):
        with SOCKETS.track_inprogress():
            await super().__call__(scope, receive, send)

    async def _dispatch_runtime_owned(self, data: dict[str, Any]) -> None:
        if data.get("type") == "event":
            with EVENTS.labels(self.view_name, self.handler_name(data.get("event"))).time():
                await super()._dispatch_runtime_owned(data)
        else:
            await super()._dispatch_runtime_owned(data)

    async def server_push(self, event: dict[str, Any]) -> None:
        PUSHES.labels(self.view_name).inc()
        await super().server_push(event)

    async def send_json(self, data: dict[str, Any]) -> None:
        FRAMES.labels(data.get("type", "none")).inc()
        PATCHES.inc(len(data.get("patches") or ()))
        await super().send_json(data)

    async def send(self, text_data: str | None = None, bytes_data: bytes | None = None, close=False) -> None:
        SENT.inc(len(bytes_data or text_data.encode()))
        await super().send(text_data, bytes_data, close)

    @property
    def view_name(self) -> str:
        view = type(self.view_instance)
        return f"{view.__module__}.{view.__qualname__}" if self.view_instance else "none"

    def handler_name(self, event: Any) -> str:
        # The browser says which handler it wants.
        handler = getattr(type(self.view_instance), event, None) if isinstance(event, str) else None
        return event if is_event_handler(handler) else "other"
