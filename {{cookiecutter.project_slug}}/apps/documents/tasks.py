from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.documents import words
from apps.documents.models import Document

# The broker has delivered a task again by then if it still has it.
STUCK_AFTER = timedelta(seconds=6 * settings.CELERY_TASK_TIME_LIMIT)


# Acknowledged when done, so that a worker's death loses nothing: for tasks that may run twice, as this one.
@shared_task(acks_late=True)
def count_words(pk: int) -> None:
    words.count_document(pk)


@shared_task(acks_late=True)
def queue_stuck_again() -> None:
    """Queue documents again whose task was lost, with a broker or because it could not be queued."""
    unfinished = Document.objects.filter(state__in=[Document.State.QUEUED, Document.State.COUNTING])
    with transaction.atomic():
        stuck = unfinished.filter(changed_at__lt=timezone.now() - STUCK_AFTER)
        for document in stuck.select_for_update(skip_locked=True):
            document.state = Document.State.QUEUED
            document.save(update_fields=["state", "changed_at"])
            count_words.delay_on_commit(document.pk)
