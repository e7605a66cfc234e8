"""How gunicorn serves production: `gunicorn -c config/gunicorn.py config.asgi:application`.

Each name is explained in https://gunicorn.org/reference/settings/
"""

import logging
import os
import sys

from gunicorn.arbiter import Arbiter
from prometheus_client.multiprocess import mark_process_dead
from uvicorn_worker import UvicornWorker

from apps.ops import metrics
from config import env as environment
from config.cpus import cpus
from config.logs import json_lines

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
env = environment.load(environment.Production)


class WithoutQuery(logging.Filter):
    """Keep what follows the question mark of an address out of the log: it can be a secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(arg.partition("?")[0] if isinstance(arg, str) else arg for arg in record.args)
        return True


class Worker(UvicornWorker):
    CONFIG_KWARGS = {
        "loop": "uvloop",
        "http": "httptools",
        "lifespan": "off",  # Django and Channels have no use for it
        "ws_per_message_deflate": env.WEBSOCKET_COMPRESSION,
        # Bytes. Above djust's own limit (LIVEVIEW_CONFIG), which answers with an error; this one hangs up.
        "ws_max_size": 1024 * 1024,
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("uvicorn.access", "uvicorn.error"):
            logging.getLogger(name).addFilter(WithoutQuery())


def stop_without_static_files() -> None:
    """Stop with the reason, where every page would be a 500 without them."""
    from django.contrib.staticfiles.storage import staticfiles_storage

    if not getattr(staticfiles_storage, "hashed_files", True):
        sys.exit("Static files are not collected. Run: python manage.py collectstatic --noinput")


bind = "0.0.0.0:8000"  # in a container, whose port only the proxy reaches
worker_class = Worker
# One event loop per CPU. Never one alone: when it restarts or is busy, nobody else would answer.
workers = env.WEB_CONCURRENCY or max(2, cpus())
# Each worker starts Django by itself: connections and threads made before a fork break in the children.
preload_app = False

# Seconds that an event loop may hang before its worker is replaced. Slow handlers don't: they run in threads.
timeout = 60
# Seconds that running requests get at shutdown; less than the 30 after which platforms kill. Sockets are
# closed at once with 1012, and browsers reconnect to another worker.
graceful_timeout = 25
# Seconds. The proxy must be the one that closes an idle connection, or it sends a request into a closed one.
keepalive = environment.PROXIES[env.TRUSTED_PROXY].idle + 5
# apps/core/proxy.py finds the client's address.
forwarded_allow_ips = ""

# The file system may be read-only: heartbeats go to memory, and the socket for gunicornc is not made.
worker_tmp_dir = "/dev/shm"  # noqa: S108
control_socket_disable = True

logconfig_dict = json_lines(env.LOG_LEVEL)
# Uvicorn takes their handlers over.
logconfig_dict["loggers"] |= {
    name: {"handlers": ["console"], "propagate": False} for name in ("gunicorn.access", "gunicorn.error")
}
# At DEBUG the WebSocket library logs all headers, and so session cookies.
loglevel = "info" if env.LOG_LEVEL == "DEBUG" else env.LOG_LEVEL.lower()


# Metrics are counted by the workers and served by this process, which has nothing else to do.
def on_starting(server: Arbiter) -> None:
    stop_without_static_files()
    metrics.share()


def when_ready(server: Arbiter) -> None:
    metrics.serve(env.METRICS_PORT)


def child_exit(server: Arbiter, worker: Worker) -> None:
    mark_process_dead(worker.pid)  # its sockets are not open any more


def on_exit(server: Arbiter) -> None:
    metrics.unshare()
