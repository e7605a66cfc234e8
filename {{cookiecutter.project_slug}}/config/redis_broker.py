"""How Celery's gevent worker takes its tasks from Redis."""

from typing import Any

from kombu import Connection
from kombu.transport import redis

LOOK_AGAIN = 0.1  # seconds


class Transport(redis.Transport):
    def drain_events(self, connection: Connection, timeout: float | None = None, **kwargs: Any) -> None:
        # Celery waits for 2 s at a time. A worker whose greenlets are all busy as a wait begins takes no task
        # before it ends, however soon they are free. And only a wait without an answer looks for lost tasks.
        super().drain_events(connection, timeout=min(timeout or LOOK_AGAIN, LOOK_AGAIN), **kwargs)
