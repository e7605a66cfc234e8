import json
import socket
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

#% if cookiecutter.__broker == "sqs"
from botocore.exceptions import BotoCoreError, ClientError
#% elif cookiecutter.celery != "none"
from celery.exceptions import OperationalError as BrokerError
#% endif
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management.base import BaseCommand
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from redis import Redis, RedisError

from apps.core import health

OLDEST_PYTHON = (3, 11)


class WrongError(Exception):
    """What is wrong, and the command or change that mends it."""

    def __init__(self, wrong: str, mend: str):
        super().__init__(wrong)
        self.mend = mend


class Command(BaseCommand):
    help = "Check the machine and what the project runs on, and say how to mend what is wrong."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=8000, help="port that the project is served on")

    def handle(self, *args, port, **options):
        problems = 0
        for name, check in checks(port):
            try:
                self.stdout.write(f"  ok     {name:<14}{check()}")
            except WrongError as problem:
                problems += 1
                self.stdout.write(f"  wrong  {name:<14}{problem}\n         {'':<14}mend: {problem.mend}")
        if problems:
            sys.exit(1)


def checks(port: int) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield each check with its name. A check returns what it found, or raises WrongError."""
    yield "python", python
    # Settings that load have all their variables: config/env.py stops with a list of those that are wrong.
    yield "variables", lambda: f"complete for {settings.SETTINGS_MODULE}"
    yield "database", database
    for name, url in settings.REDIS_URLS.items():
        yield name, lambda name=name, url=url: redis(name, url)
#% if cookiecutter.celery != "none"
    yield "broker", broker
#% endif
    yield "static files", static_files
    yield "port", lambda: port_is_usable(port)


def python() -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        raise WrongError(f"{version} is too old", "install Python 3.11 or newer, remove .venv, and repeat")
    return version


def database() -> str:
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
    except OperationalError as error:
        raise WrongError(
            f"no answer ({type(error).__name__})", "start the database, or correct DATABASE_URL"
        ) from error
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise WrongError(f"{len(plan)} migrations are not applied", "make migrate")
    return f"{connection.display_name}, all migrations applied"


def redis(name: str, url: str) -> str:
    timeouts = {"socket_timeout": health.TIMEOUT, "socket_connect_timeout": health.TIMEOUT}
    try:
        with Redis.from_url(url, **timeouts) as client:
            return no_eviction(client.info(), url)
    except RedisError as error:
        raise WrongError(
            f"no answer ({type(error).__name__})", f"start Redis, or correct REDIS_{name.upper()}_URL"
        ) from error


def no_eviction(info: dict, url: str) -> str:
    policy = info["maxmemory_policy"]
    if policy != "noeviction":
        at = urlsplit(url)
        raise WrongError(
            f"evicts keys when memory is short ({policy}): messages and presence would vanish",
            f"redis-cli -h {at.hostname} -p {at.port or 6379} CONFIG SET maxmemory-policy noeviction",
        )
    return f"Redis {info['redis_version']}, {info['used_memory_human']} used"
#% if cookiecutter.__broker == "sqs"
##%
##%
def broker() -> str:
    try:
        queues = health.queue_attributes()
    except (BotoCoreError, ClientError) as error:
        raise WrongError(
            f"no answer ({type(error).__name__})",
            "correct SQS_QUEUE_URL and AWS_REGION, or allow the role of the task to use the queue",
        ) from error
    for attributes in queues.values():
        no_second_delivery(attributes)
    return urlsplit(settings.CELERY_BROKER_URL).scheme


def no_second_delivery(attributes: dict[str, str]) -> None:
    wanted = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    if int(attributes["VisibilityTimeout"]) < wanted:
        raise WrongError(
            f"delivers a task again after {attributes['VisibilityTimeout']} s, when it may be still running",
            f"give the queue a visibility timeout of {wanted} s",
        )
    if "RedrivePolicy" not in attributes:
        raise WrongError(
            "delivers a task that ends its worker again and again", "give the queue a dead-letter queue"
        )
#% elif cookiecutter.celery != "none"
##%
##%
def broker() -> str:
    try:
        health.check_broker()
    except (BrokerError, OSError) as error:
        raise WrongError(
            f"no answer ({type(error).__name__})", "start the broker, or correct CELERY_BROKER_URL"
        ) from error
    return urlsplit(settings.CELERY_BROKER_URL).scheme
#% endif
##%
##%
def static_files() -> str:
    if settings.DEBUG:
        return "served from their sources"
    if not getattr(staticfiles_storage, "hashed_files", True):
        raise WrongError("not collected", "python manage.py collectstatic --noinput")
    return "collected"


def port_is_usable(port: int) -> str:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)):
            return f"{port} is free"
    try:
        client = HTTPConnection("127.0.0.1", port, timeout=health.TIMEOUT)
        client.request("GET", "/health/live")
        if json.load(client.getresponse()) == {"status": "alive"}:
            return f"{port} serves this project"
    except (OSError, HTTPException, ValueError):
        pass
    raise WrongError(
        f"{port} is taken by another program", "end it, or choose another port: make dev PORT=8001"
    )
