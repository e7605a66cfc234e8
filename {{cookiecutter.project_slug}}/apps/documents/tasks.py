from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.documents import words
from apps.documents.models import Document

# The broker has delivered a task again by then if it still has it.
STUCK_AFTER = timedelta(seconds=6 * settings.CELERY_TASK_TIME_LIMIT)
GIVE_UP_AFTER = timedelta(days=1)


@shared_task
def count_words(pk: int) -> None:
    words.count_document(pk)


@shared_task
def queue_stuck_again() -> None:
    """Queue documents again whose task was lost, with a broker or because it could not be queued."""
    now = timezone.now()
    stuck = Document.objects.filter(changed_at__lt=now - STUCK_AFTER)
    # Those that were begun again and again may be what ends the workers.
    for document in stuck.filter(state=Document.State.COUNTING, created_at__lt=now - GIVE_UP_AFTER):
        words.save(document, state=Document.State.FAILED, error="Its words could not be counted.")
    unfinished = stuck.filter(state__in=[Document.State.QUEUED, Document.State.COUNTING])
    with transaction.atomic():
        for document in unfinished.select_for_update(skip_locked=True):
            document.state = Document.State.QUEUED
            document.save(update_fields=["state", "changed_at"])
            count_words.delay_on_commit(document.pk)
