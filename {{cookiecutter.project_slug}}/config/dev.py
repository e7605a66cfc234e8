"""What `make dev` serves: the application, with a Celery worker in a thread of the same process.

The thread shares the in-memory broker and channel layer with the web server, so tasks run beside the
page that queued them and their pushes arrive, without Redis and without a second process.
"""

from threading import Thread

from config.asgi import application
from config.celery import app

__all__ = ["application"]


def start_worker() -> None:
    worker = app.WorkController(pool="solo", without_gossip=True, without_heartbeat=True, without_mingle=True)
    Thread(target=worker.start, name="celery-worker", daemon=True).start()


start_worker()
