"""The project's application; BENCH_LANES hands that many threads for sync handlers to the sockets in turn."""

import itertools
import os

from asgiref.sync import SyncToAsync, ThreadSensitiveContext

from config.asgi import application as project

lanes = itertools.cycle([ThreadSensitiveContext() for _ in range(int(os.environ.get("BENCH_LANES", "0")))])


async def with_lanes(scope, receive, send):
    if scope["type"] == "websocket":
        SyncToAsync.thread_sensitive_context.set(next(lanes))
    return await project(scope, receive, send)


application = with_lanes if "BENCH_LANES" in os.environ else project
