"""What `make dev` serves: the application, with a Celery worker in a thread of the same process.

The thread shares the in-memory broker and channel layer with the web server, so tasks run beside the
page that queued them and their pushes arrive, without Redis and without a second process.
"""

from threading import Thread

from config.asgi import application
from config.celery import app

__all__ = ["application"]


def work() -> None:
    # Built here and not at import: a worker closes database connections, which Django refuses in the
    # thread of a running event loop, and uvicorn imports this module in its own.
    app.WorkController(pool="solo", without_gossip=True, without_heartbeat=True, without_mingle=True).start()


Thread(target=work, name="celery-worker", daemon=True).start()
