"""The Celery app; tasks live in each app's tasks.py."""

import os
from typing import Any

from celery import Celery
from celery.contrib.django.task import DjangoTask
from celery.signals import (
    beat_init,
    before_task_publish,
    celeryd_init,
    setup_logging,
    task_postrun,
    task_prerun,
)
from django.conf import settings
from django.db import transaction
#% if cookiecutter.celery == "gevent"
from gevent.monkey import is_module_patched
#% endif
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from config import telemetry

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")


class Task(DjangoTask):
    """A task whose queueing fails no page: by then the row is committed, and Django logs the error."""

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:
        self.apply_async_on_commit(args, kwargs)

    def apply_async_on_commit(self, *args: Any, **kwargs: Any) -> None:
        transaction.on_commit(lambda: self.apply_async(*args, **kwargs), robust=True)
#% if cookiecutter.__broker == "rabbitmq"
##%
    def apply_async(self, *args: Any, **options: Any) -> Any:
        # Seconds. While RabbitMQ is short of memory or disk it takes nothing, and a page would wait as long.
        return super().apply_async(*args, **{"confirm_timeout": 2} | options)
#% endif
##%
##%
app = Celery("config", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.add_defaults(lambda: settings.REDBEAT)  # redbeat overlooks settings with a prefix
app.autodiscover_tasks()


@setup_logging.connect
def leave_logging_to_django(**kwargs: Any) -> None:
    """Keep Celery, by being connected, from replacing what LOGGING has set up."""


@celeryd_init.connect
@beat_init.connect
def start_telemetry(**kwargs: Any) -> None:
    telemetry.start()


@before_task_publish.connect
def send_ids(headers: dict[str, Any], **kwargs: Any) -> None:
    known = get_contextvars()
    headers["ids"] = {name: known[name] for name in ("request_id", "user_id") if name in known}


@task_prerun.connect
def bind_ids(task: Task, **kwargs: Any) -> None:
    """Have what a task logs carry its own ids, and those of the page whose event queued it."""
    request = task.request
    request.ids_before = get_contextvars()
    bind_contextvars(task=task.name, task_id=request.id, **(request.get("ids") or {}))


@task_postrun.connect
def forget_ids(task: Task, **kwargs: Any) -> None:
    clear_contextvars()
    bind_contextvars(**task.request.ids_before)
#% if cookiecutter.celery == "gevent"
##%
##%
@celeryd_init.connect
def refuse_unpatched_pool(options: dict[str, Any], **kwargs: Any) -> None:
    # Celery patches before it imports anything else, but only for a pool named on the command line.
    if getattr(options["pool"], "is_green", False) and not is_module_patched("threading"):
        raise SystemExit("Name the pool on the command line: celery -A config worker --pool=gevent")
#% endif
