"""Health probes, answered before Django: they need no Host, no HTTPS, and none of the threads of requests."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
#% if cookiecutter.__broker == "sqs"
from functools import cache, partial

import boto3
from botocore.client import BaseClient, Config
#% elif cookiecutter.celery != "none"
from functools import partial

from celery import current_app
#% else
from functools import partial

#% endif
from django.conf import settings
from django.db import connections
from redis.asyncio import Redis
#% if cookiecutter.tier == "scale"
##%
from apps.core import cluster
#% endif
##%
TIMEOUT = 2  # seconds for one part; less than the 5 that load balancers commonly wait
FRESH = 1  # seconds that one result answers all probes, so that many of them don't weigh more than one
# What every page needs: while one of these is away, a server is to get no requests. The rest is only named.
# Without it pages come, open ones work on, and a new one opens its socket once the channel layer is back. All
# servers share it: if each said 503, the whole site would be away.
NEEDED = {"database", "state"}

logger = logging.getLogger(__name__)


class Health:
    """ASGI middleware that answers the probes and passes all else on.

    /health/live says that the process answers, and touches nothing. /health/ready says by 200 or 503 whether
    it can serve pages, and names all parts that don't answer.
    """

    def __init__(self, app, checks: dict[str, Callable[[], Awaitable]] | None = None):
        self.app = app
        self.checks = all_checks() if checks is None else checks
        self.running: asyncio.Task | None = None
        self.finished = 0.0

    async def __call__(self, scope, receive, send):
        path = scope.get("path") if scope["type"] == "http" else None
        if path == "/health/live":
            await answer(send, 200, {"status": "alive"})
        elif path == "/health/ready":
            failing = await self.failing()
            if not failing:
                await answer(send, 200, {"status": "ready"})
            elif NEEDED.isdisjoint(failing):
                await answer(send, 200, {"status": "degraded", "failing": failing})
            else:
                await answer(send, 503, {"status": "failing", "failing": failing})
        else:
            await self.app(scope, receive, send)

    async def failing(self) -> list[str]:
        """Return the names of the parts that don't answer; probes at the same time share one look at them."""
        if self.running is None or (self.running.done() and time.monotonic() - self.finished > FRESH):
            self.running = asyncio.create_task(self._run_checks())
        return await asyncio.shield(self.running)

    async def _run_checks(self) -> list[str]:
        attempts = (asyncio.wait_for(check(), TIMEOUT) for check in self.checks.values())
        results = await asyncio.gather(*attempts, return_exceptions=True)
        self.finished = time.monotonic()
        problems = {name: result for name, result in zip(self.checks, results, strict=True) if result}
        for name, problem in problems.items():
            # The type only: messages of drivers can quote a URL with its password.
            logger.warning("no answer from %s (%s)", name, type(problem).__name__)
        return list(problems)


def all_checks() -> dict[str, Callable[[], Awaitable]]:
    """Return a check for each part that the settings name. A check raises where its part doesn't answer."""
    return {
        "database": in_own_thread(check_database),
        **{name: partial(check_redis, url) for name, url in settings.REDIS_URLS.items()},
#% if cookiecutter.tier == "scale"
        **{name: in_own_thread(partial(cluster.check, url)) for name, url in settings.REDIS_CLUSTERS.items()},
#% endif
#% if cookiecutter.celery != "none"
        "broker": in_own_thread(check_broker),
#% endif
    }


def in_own_thread(check: Callable[[], None]) -> Callable[[], Awaitable]:
    # Threads of handlers and requests may be busy with somebody's slow work, which is no reason for an alarm.
    executor = ThreadPoolExecutor(1, thread_name_prefix="health")
    return lambda: asyncio.get_running_loop().run_in_executor(executor, check)


def check_database() -> None:
    connection = connections.create_connection("default")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


async def check_redis(url: str) -> None:
    async with Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT) as client:
        await client.ping()
#% if cookiecutter.__broker == "sqs"
##%
##%
@cache
def sqs() -> BaseClient:
    # Celery's own client may wait for longer, and tries again.
    brief = Config(connect_timeout=TIMEOUT, read_timeout=TIMEOUT, retries={"total_max_attempts": 1})
    return boto3.client("sqs", region_name=settings.CELERY_BROKER_TRANSPORT_OPTIONS["region"], config=brief)


def queue_attributes() -> dict[str, dict[str, str]]:
    """Return the attributes of each queue, by its name in Celery; in development there is none."""
    queues = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("predefined_queues", {})
    return {
        name: sqs().get_queue_attributes(QueueUrl=queue["url"], AttributeNames=["All"])["Attributes"]
        for name, queue in queues.items()
    }


def check_broker() -> None:
    queue_attributes()
#% elif cookiecutter.celery != "none"
##%
##%
def check_broker() -> None:
    with current_app.connection_for_write(connect_timeout=TIMEOUT) as connection:
        connection.ensure_connection(max_retries=1, timeout=TIMEOUT)
#% endif
##%
##%
async def answer(send, status: int, body: dict) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
