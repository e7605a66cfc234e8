"""The metric that workers are scaled on, sent to CloudWatch by beat (apps/ops/beat.py says why beat)."""

import logging
import time
from threading import Thread
from typing import Any

import boto3
from botocore.client import BaseClient, Config
from celery.beat import Scheduler, Service
from celery.signals import beat_init
from django.conf import settings

from apps.ops.backlog import backlog

EVERY = 60  # seconds; CloudWatch keeps one value a minute
TIMEOUT = 5  # seconds

logger = logging.getLogger(__name__)


@beat_init.connect
def start_publishing(sender: Service, **kwargs: Any) -> None:
    Thread(target=publish_for_ever, args=(sender.scheduler,), name="cloudwatch", daemon=True).start()


def publish_for_ever(scheduler: Scheduler) -> None:
    while not scheduler.lock:  # another beat is at work
        time.sleep(1)
    patience = Config(connect_timeout=TIMEOUT, read_timeout=TIMEOUT)
    client = boto3.client("cloudwatch", region_name=settings.AWS_REGION, config=patience)
    while True:
        try:
            publish(client)
        except Exception as problem:  # of the broker or CloudWatch: the next minute may be better
            # The type only: messages of drivers can quote a URL with its password.
            logger.warning("The backlog was not published (%s)", type(problem).__name__)
        time.sleep(EVERY)


def publish(client: BaseClient) -> None:
    client.put_metric_data(
        Namespace=settings.CLOUDWATCH_NAMESPACE,
        MetricData=[{"MetricName": "QueueBacklog", "Value": backlog(), "Unit": "Count"}],
    )
