"""Tasks and a live view that leave counts in Redis, where a test reads them."""

import os
import time

import redis
from celery import shared_task
from django.db import connection, transaction
from django.urls import path
from djust import LiveView
from djust import push_to_view as bare_push_to_view

from apps.documents.models import Document
from apps.documents.push import push_to_view

state = redis.Redis.from_url(os.environ["REDIS_STATE_URL"])


def note(name: str) -> None:
    state.incr(f"proof:{name}")


class PushedView(LiveView):
    template = '<div dj-root dj-view="proof.PushedView">{{ count }}</div>'
    login_required = False

    def mount(self, request, **kwargs):
        self.count = 0

    def handle_push(self, **kwargs):
        self.count += 1
        note("arrived")


urlpatterns = [path("", PushedView.as_view())]


@shared_task
def push() -> None:
    push_to_view("proof.PushedView", handler="handle_push")
    note("pushed")


@shared_task
def bare_push() -> None:
    bare_push_to_view("proof.PushedView", handler="handle_push")
    note("pushed")


@shared_task
def query() -> None:
    for _ in range(5):
        Document.objects.count()
    note("queried")


@shared_task
def slow_query(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])
    note("slow")


@shared_task
def tick() -> None:
    note("ticked")


@shared_task
def fail(password: str) -> None:
    raise RuntimeError("broken on purpose")


@shared_task
def see(pk: int, where: str) -> None:
    note(f"{where}:{'seen' if Document.objects.filter(pk=pk).exists() else 'missed'}")


def create(owner, where: str, work: float) -> None:
    """Store a row and queue a task for it, with `work` seconds left to do before the commit."""
    with transaction.atomic():
        document = Document.objects.create(name="notes.txt", owner=owner)
        if where == "after commit":
            see.delay_on_commit(document.pk, where)
        else:
            see.delay(document.pk, where)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(%s)", [work])


@shared_task(acks_late=True)
def finish_in_the_end(seconds: float) -> None:
    note("begun")
    time.sleep(seconds)
    note("finished")


@shared_task
def nap(seconds: float) -> None:
    note("napping")
    time.sleep(seconds)
    push_to_view("proof.PushedView", handler="handle_push")
    note("napped")
