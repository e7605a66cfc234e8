import logging

#% if cookiecutter.celery != "gevent"
from djust import push_to_view
#% endif
from redis import RedisError
#% if cookiecutter.celery == "gevent"
##%
from apps.core.push import push_to_view
#% endif
##%
logger = logging.getLogger(__name__)


def documents_changed() -> None:
    """Have every open documents page render again."""
    try:
        push_to_view("apps.documents.views.DocumentsView", handler="handle_change")
    except (OSError, RedisError):
        # The rows are what counts: a page that misses a push reads them at its next event.
        logger.warning("Open pages were not told that documents have changed", exc_info=True)
