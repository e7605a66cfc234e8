"""push_to_view for every process of the project, the gevent worker's greenlets included."""

import asyncio
from functools import cache
from typing import Any

from djust import apush_to_view
from djust import push_to_view as djust_push_to_view
from gevent.monkey import is_module_patched
from gevent.threadpool import ThreadPool

_runner = asyncio.Runner()  # makes its event loop at first use, in the thread below


def push_to_view(view_path: str, **message: Any) -> None:
    """Push to every open page of a view; takes what djust's push_to_view takes.

    Raises the channel layer's error when the message could not be handed over.
    """
    if is_module_patched("threading"):
        _native_thread().apply(lambda: _runner.run(apush_to_view(view_path, **message)))
    else:
        djust_push_to_view(view_path, **message)


@cache
def _native_thread() -> ThreadPool:
    # All greenlets share one thread. An event loop that runs in it makes Django refuse their queries and
    # asgiref their pushes (https://github.com/celery/celery/issues/7465), so the loop gets its own thread.
    return ThreadPool(1)
