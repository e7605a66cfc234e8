"""The metric that workers are scaled on, served by beat.

Not by a task: one that waits in the queue it measures would be late whenever it matters. A second beat that
waits for the first serves the same number, so Prometheus takes the max. While both are away it is missing,
which is an alarm of its own.
"""

import logging
from collections.abc import Iterator
from typing import Any

from celery.signals import beat_init
from django.conf import settings
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.ops import metrics
from apps.ops.backlog import backlog

logger = logging.getLogger(__name__)


class BacklogCollector(Collector):
    """Asks the broker whenever it is itself asked."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            tasks = backlog()
        except Exception as problem:  # of the broker, of whatever kind
            # The type only: messages of drivers can quote a URL with its password.
            logger.warning("The backlog is not known (%s)", type(problem).__name__)
        else:
            yield GaugeMetricFamily("queue_backlog", "Tasks that wait or run.", value=tasks)

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # or prometheus_client would collect to learn the names


@beat_init.connect
def serve_backlog(**kwargs: Any) -> None:
    if settings.METRICS_PORT:
        REGISTRY.register(BacklogCollector())
        metrics.serve(settings.METRICS_PORT)
