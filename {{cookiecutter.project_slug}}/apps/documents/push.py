#% if cookiecutter.celery == "gevent"
from apps.core.push import push_to_view
#% else
from djust import push_to_view
#% endif
##%
##%
def documents_changed() -> None:
    """Have every open documents page render again."""
    push_to_view("apps.documents.views.DocumentsView", handler="handle_documents_changed")
