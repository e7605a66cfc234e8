from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from structlog.contextvars import clear_contextvars


@pytest.fixture(autouse=True)
def no_ids():
    """Forget to whom the log's lines belonged: all tests run in one context."""
    clear_contextvars()


@pytest.fixture
def user(db):
    return get_user_model().objects.create_user("ada", password="correct horse")


@pytest.fixture
def upload():
    """Return a function that brings a file to a mounted view, as a browser's socket does."""

    def send(view, name, content):
        uploads = view._upload_manager
        ref = str(uuid4())
        uploads.register_entry("text", ref, name, "text/plain", len(content))
        uploads.add_chunk(ref, 0, content)
        uploads.complete_upload(ref)

    return send
