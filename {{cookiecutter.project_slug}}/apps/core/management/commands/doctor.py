import json
import socket
import sys
#% if cookiecutter.tier == "scale"
import time
#% endif
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
#% if cookiecutter.__static_media == "cdn"
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen
#% else
from urllib.parse import urlsplit
#% endif
##%
#% if cookiecutter.__broker == "sqs"
from botocore.exceptions import BotoCoreError, ClientError
#% elif cookiecutter.__broker == "rabbitmq"
from celery.exceptions import OperationalError as BrokerError
#% endif
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
#% if cookiecutter.__static_media == "cdn"
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
#% endif
from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.migrations.executor import MigrationExecutor
#% if cookiecutter.tier == "scale"
from opensearchpy import OpenSearchException
from redis import Redis, RedisError
from redis.exceptions import RedisClusterException

from apps.core import cluster, health
from apps.documents import opensearch
from apps.documents.models import SearchChange
from config import replica
#% else
from redis import Redis, RedisError

from apps.core import health
#% endif
##%
OLDEST_PYTHON = (3, 11)
#% if cookiecutter.__static_media == "cdn"
PATIENCE = 10  # seconds for an answer from what is far away
#% endif
# The variable that a Redis comes from, by the first word of its name.
VARIABLES = {
    "state": "REDIS_STATE_URL",
#% if cookiecutter.tier == "scale"
    "channel": "REDIS_CHANNEL_URLS",
    "cache": "REDIS_CACHE_URL",
#% else
    "channel": "REDIS_CHANNEL_URL",
#% endif
#% if cookiecutter.__broker == "redis"
    "broker": "CELERY_BROKER_URL",
#% endif
}


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
    for alias in connections:
        name = "database" if alias == DEFAULT_DB_ALIAS else alias
#% if cookiecutter.tier == "scale"
        yield name, replicated if alias == "replica" else lambda alias=alias: database(alias)
#% else
        yield name, lambda alias=alias: database(alias)
#% endif
    for name, url in settings.REDIS_URLS.items():
        yield name, lambda name=name, url=url: redis(name, url)
#% if cookiecutter.tier == "scale"
    for name, url in settings.REDIS_CLUSTERS.items():
        yield name, lambda name=name, url=url: redis_cluster(name, url)
    if url := settings.CACHES["default"].get("LOCATION"):
        yield "cache", lambda url=url: redis_cache(url)
#% endif
#% if cookiecutter.celery != "none"
    yield "broker", broker
#% endif
#% if cookiecutter.tier == "scale"
    if settings.OPENSEARCH_URL:
        yield "search", search
#% endif
    yield "static files", static_files
#% if cookiecutter.__static_media == "cdn"
    if "static_bucket" in settings.STORAGES:
        yield "cdn", cdn
        yield "uploads", uploads
#% endif
    yield "port", lambda: port_is_usable(port)


def python() -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        raise WrongError(f"{version} is too old", "install Python 3.11 or newer, remove .venv, and repeat")
    return version


def database(alias: str) -> str:
    connection = connections[alias]
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
    except OperationalError as error:
        variable = "DATABASE_URL" if alias == DEFAULT_DB_ALIAS else f"DATABASE_{alias.upper()}_URL"
        raise unreachable(error, variable) from error
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
#% if cookiecutter.__database_pooling == "direct"
        raise WrongError(f"{len(plan)} migrations are not applied", "make migrate")
#% else
        migrate = "python manage.py migrate --database direct" if "direct" in connections else "make migrate"
        raise WrongError(f"{len(plan)} migrations are not applied", migrate)
#% endif
    return f"{connection.display_name}, all migrations applied"


def unreachable(error: OperationalError, variable: str) -> WrongError:
    # Not the message itself, for a driver's can quote a URL with its password.
    if "SSL" in str(error):
        return WrongError(
            "no encrypted connection",
            f"switch TLS on at the server, or correct sslmode and sslrootcert in {variable}",
        )
    return WrongError(f"no answer ({type(error).__name__})", f"start the database, or correct {variable}")


#% if cookiecutter.tier == "scale"
def replicated() -> str:
    """Pages are read from the primary where this is wrong, so ready doesn't look at it."""
    try:
        position = replica.value("default", replica.POSITION)
        deadline = time.monotonic() + replica.AWAY
        while not replica.has(position):
            if time.monotonic() > deadline:
                raise WrongError(
                    f"has not what was written {replica.AWAY} s ago, or is no replica",
                    "find in its log why it doesn't stream, or correct DATABASE_REPLICA_URL",
                )
            time.sleep(0.1)
    except OperationalError as error:
        raise WrongError(
            f"no answer ({type(error).__name__})", "start the replica, or correct DATABASE_REPLICA_URL"
        ) from error
    return "has all that was written"


#% endif
def redis(name: str, url: str) -> str:
    at = urlsplit(url)
    return not_evicting(redis_info(name, url), at.hostname, at.port or 6379)


def redis_info(name: str, url: str) -> dict:
    timeouts = {"socket_timeout": health.TIMEOUT, "socket_connect_timeout": health.TIMEOUT}
    try:
        with Redis.from_url(url, **timeouts) as client:
            return client.info()
    except RedisError as error:
        raise no_redis(name, error) from error
#% if cookiecutter.tier == "scale"
##%
##%
def redis_cluster(name: str, url: str) -> str:
    try:
        with cluster.connect(url) as client:
            for node in client.get_nodes():
                not_evicting(client.info(target_nodes=node), node.host, node.port)
            return f"{len(client.get_primaries())} masters and {len(client.get_replicas())} replicas"
    except (RedisError, RedisClusterException) as error:
        raise no_redis(name, error) from error


def redis_cache(url: str) -> str:
    info, at = redis_info("cache", url), urlsplit(url)
    policy = info["maxmemory_policy"]
    if policy != "allkeys-lru" or not info["maxmemory"]:
        raise WrongError(
            f"doesn't make room when memory is short ({policy}, limit {info['maxmemory_human']})",
            f"redis-cli -h {at.hostname} -p {at.port or 6379} "
            "CONFIG SET maxmemory 256mb maxmemory-policy allkeys-lru",
        )
    return f"Redis {info['redis_version']}, {info['used_memory_human']} used"
#% endif
##%
##%
def no_redis(name: str, error: Exception) -> WrongError:
    variable = VARIABLES[name.partition(" ")[0]]
    return WrongError(f"no answer ({type(error).__name__})", f"start Redis, or correct {variable}")


def not_evicting(info: dict, host: str, port: int) -> str:
    policy = info["maxmemory_policy"]
    if policy != "noeviction":
        raise WrongError(
            f"evicts keys when memory is short ({policy}): messages and presence would vanish",
            f"redis-cli -h {host} -p {port} CONFIG SET maxmemory-policy noeviction",
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
#% elif cookiecutter.__broker == "redis"
##%
##%
def broker() -> str:
    url = settings.CELERY_BROKER_URL
    return redis("broker", url) if url.startswith("redis") else "in this process"
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
#% if cookiecutter.tier == "scale"
##%
##%
def search() -> str:
    try:
        if not opensearch.has_index():
            raise WrongError("OpenSearch has no index of documents", "python manage.py search_index")
    except OpenSearchException as error:
        raise WrongError(
            f"no answer ({type(error).__name__})", "start OpenSearch, or correct OPENSEARCH_URL"
        ) from error
    return f"OpenSearch, {SearchChange.objects.count()} documents to tell it of"
#% endif
##%
##%
def static_files() -> str:
    if settings.DEBUG:
        return "served from their sources"
    if not getattr(staticfiles_storage, "hashed_files", True):
        raise WrongError("not collected", "python manage.py collectstatic --noinput")
    return "collected"
#% if cookiecutter.__static_media == "cdn"
##%
##%
def cdn() -> str:
    static_files()
    address = staticfiles_storage.url("core/site.css")
    try:
        found = status(address)
    except OSError as error:
        raise WrongError(f"no answer ({getattr(error, 'reason', error)})", "correct CDN_DOMAIN") from error
    if found != 200:
        raise WrongError(f"{address} gives {found}", "python manage.py upload_static, or correct CDN_DOMAIN")
    return "serves what is collected"


def uploads() -> str:
    try:
        name = default_storage.save("doctor.txt", ContentFile(b"doctor"))
        address = default_storage.url(name)
        signed, plain = status(address), status(address.partition("?")[0])
        default_storage.delete(name)
    except Exception as error:  # each cloud has its own
        raise WrongError(
            f"no answer ({getattr(error, 'reason', None) or type(error).__name__})",
            "correct MEDIA_BUCKET, or allow this process to list it and to get, put and delete its objects",
        ) from error
    if plain == 200:
        raise WrongError("anybody can read them", "make the bucket of MEDIA_BUCKET private")
    if signed != 200:
        raise WrongError(f"an address with a signature gives {signed}", "correct the clock of this machine")
    return "private, by addresses that expire"


def status(address: str) -> int:
    try:
        with urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310 (an address of our settings)
            return answer.status
    except HTTPError as error:
        return error.code
#% endif
##%

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
