from celery import shared_task

from apps.documents import words


@shared_task
def count_words(pk: int) -> None:
    words.count_document(pk)
