"""Metrics of the Celery worker: counted where a task runs, served by the process that started the pool."""

import time
from typing import Any

from celery import Task
from celery.signals import task_failure, task_postrun, task_prerun, worker_init, worker_ready, worker_shutdown
from django.conf import settings
from prometheus_client import Counter, Histogram

from apps.ops import metrics

TASKS = Histogram("task_duration_seconds", "Time that a task ran.", ["task", "state"])
FAILURES = Counter(
    "task_failures", "Tasks that failed, those included whose process was lost.", ["task", "error"]
)


@worker_init.connect
def share_metrics(**kwargs: Any) -> None:
    if settings.METRICS_PORT:
        metrics.share()


@worker_ready.connect
def serve_metrics(**kwargs: Any) -> None:
    if settings.METRICS_PORT:
        metrics.serve(settings.METRICS_PORT)


@worker_shutdown.connect
def unshare_metrics(**kwargs: Any) -> None:
    if settings.METRICS_PORT:
        metrics.unshare()


@task_prerun.connect
def start_timer(task: Task, **kwargs: Any) -> None:
    task.request.started = time.perf_counter()


@task_postrun.connect
def stop_timer(task: Task, state: str | None, **kwargs: Any) -> None:
    TASKS.labels(task.name, state or "UNKNOWN").observe(time.perf_counter() - task.request.started)


@task_failure.connect
def count_failure(sender: Task, exception: Exception, **kwargs: Any) -> None:
    FAILURES.labels(sender.name, type(exception).__name__).inc()
