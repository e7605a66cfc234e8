import time

from celery import shared_task
from django.contrib.auth import get_user_model


@shared_task
def query_and_wait(seconds: float) -> None:
    """Keep the connection of a query while waiting for something else, as tasks do."""
    get_user_model().objects.count()
    time.sleep(seconds)
