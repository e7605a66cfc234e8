"""How Celery takes leave of RabbitMQ."""

from typing import Any

from kombu.transport import pyamqp

GOODBYE = 0.5  # seconds that its answer may take; while it is short of memory or disk, it never comes


class Channel(pyamqp.Channel):
    def close(self, *args: Any, **options: Any) -> None:
        if self.connection is None or not self.connection.connected:
            return
        with self.connection.transport.having_timeout(GOODBYE):
            super().close(*args, **options)


class Connection(pyamqp.Connection):
    Channel = Channel

    def close(self, *args: Any, **options: Any) -> None:
        if self.connected:
            self.transport.sock.settimeout(GOODBYE)
        super().close(*args, **options)


class Transport(pyamqp.Transport):
    Connection = Connection
