"""The Celery app; tasks live in each app's tasks.py."""

import os
from typing import Any

from celery import Celery
from celery.contrib.django.task import DjangoTask
#% if cookiecutter.celery == "gevent"
from celery.signals import celeryd_init, setup_logging
from django.db import transaction
from gevent.monkey import is_module_patched
#% else
from celery.signals import setup_logging
from django.db import transaction
#% endif
##%
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")


class Task(DjangoTask):
    """A task whose queueing fails no page: by then the row is committed, and Django logs the error."""

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:
        self.apply_async_on_commit(args, kwargs)

    def apply_async_on_commit(self, *args: Any, **kwargs: Any) -> None:
        transaction.on_commit(lambda: self.apply_async(*args, **kwargs), robust=True)


app = Celery("config", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def leave_logging_to_django(**kwargs: Any) -> None:
    """Keep Celery, by being connected, from replacing what LOGGING has set up."""
#% if cookiecutter.celery == "gevent"
##%
##%
@celeryd_init.connect
def refuse_unpatched_pool(options: dict[str, Any], **kwargs: Any) -> None:
    # Celery patches before it imports anything else, but only for a pool named on the command line.
    if getattr(options["pool"], "is_green", False) and not is_module_patched("threading"):
        raise SystemExit("Name the pool on the command line: celery -A config worker --pool=gevent")
#% endif
