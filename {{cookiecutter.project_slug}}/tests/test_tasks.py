import ast
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.core.tasks import clear_expired_sessions
from apps.documents.models import Document
from apps.documents.tasks import GIVE_UP_AFTER, STUCK_AFTER, queue_stuck_again

TOO_EARLY = {"delay", "apply_async"}


def calls_too_early(source: str) -> list[int]:
    """Return the lines that queue a task without waiting for the transaction to be committed."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in TOO_EARLY
    ]


@pytest.mark.parametrize("path", sorted(Path("apps").rglob("*.py")), ids=str)
def test_tasks_are_queued_after_commit(path):
    lines = calls_too_early(path.read_text())
    assert not lines, (
        f"{path}, line {lines}: a worker can start on the task before its row is committed, and miss it. "
        "Write delay_on_commit(...) for delay(...), and apply_async_on_commit(...) for apply_async(...)."
    )


def test_calls_too_early_are_found():
    source = "count.delay_on_commit(1)\ncount.delay(1)\napps.tasks.count.apply_async(args=(1,), countdown=3)"
    assert calls_too_early(source) == [2, 3]


@pytest.mark.django_db
def test_expired_sessions_are_cleared():
    now = timezone.now()
    for key, expires in (("old", now - timedelta(minutes=1)), ("new", now + timedelta(minutes=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=expires)
    clear_expired_sessions()
    assert [session.session_key for session in Session.objects.all()] == ["new"]


@pytest.mark.parametrize(
    ("state", "age", "unchanged_for", "becomes"),
    [
        ("queued", GIVE_UP_AFTER / 2, STUCK_AFTER * 2, "done"),
        ("queued", GIVE_UP_AFTER * 2, STUCK_AFTER * 2, "done"),
        ("counting", GIVE_UP_AFTER / 2, STUCK_AFTER * 2, "done"),
        ("counting", GIVE_UP_AFTER * 2, STUCK_AFTER * 2, "failed"),
        ("counting", GIVE_UP_AFTER * 2, STUCK_AFTER / 2, "counting"),
        ("failed", GIVE_UP_AFTER / 2, STUCK_AFTER * 2, "failed"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_stuck_documents_are_counted_or_given_up(user, state, age, unchanged_for, becomes):
    document = Document(name="notes.txt", owner=user, state=state)
    document.file.save(document.name, ContentFile(b"one two"))
    now = timezone.now()
    Document.objects.update(created_at=now - age, changed_at=now - unchanged_for)
    queue_stuck_again()
    document.refresh_from_db()
    assert document.state == becomes
#% if cookiecutter.__broker in ("redis", "sqs")
##%
##%
def test_no_task_is_delivered_again_while_it_runs_or_is_thought_lost_before():
    visibility_timeout = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    assert settings.CELERY_TASK_TIME_LIMIT < visibility_timeout < STUCK_AFTER.total_seconds()
#% endif
##%
##%
@pytest.mark.parametrize("name", settings.CELERY_BEAT_SCHEDULE)
def test_beat_queues_tasks_that_exist(name):
    task = settings.CELERY_BEAT_SCHEDULE[name]["task"]
    assert import_string(task).name == task
