"""How Django connects to PostgreSQL."""

from typing import Any

import dj_database_url

from config.env import Production
#% if cookiecutter.celery == "gevent" and (cookiecutter.__database_pooling == "direct" or cookiecutter.tier == "scale")
from config.settings.celery import CELERY_WORKER_CONCURRENCY

POOL_SIZE = CELERY_WORKER_CONCURRENCY  # a task keeps its connection until it ends
#% elif cookiecutter.__database_pooling == "direct" or cookiecutter.tier == "scale"
##%
POOL_SIZE = 16
#% endif
#% if cookiecutter.__database_pooling == "direct" or cookiecutter.tier == "scale"
##%
# Connections that a process keeps and lends. Each request runs in a thread of its own, so that CONN_MAX_AGE
# would leave its connection behind for nobody to use.
POOL = {
    "min_size": 1,
    # Each lane of config/asgi.py keeps one; the others are for pages. New servers start before old ones end,
    # so count web processes twice. PostgreSQL allows 97 connections by default, compose.yaml's more.
    "max_size": POOL_SIZE,
    # Seconds that a page waits for one, before it {{ 'is read from the primary' if cookiecutter.tier == 'scale' else "says that it can't be served now" }}.
    "timeout": {{ '2' if cookiecutter.tier == 'scale' else '3' }},
    # Seconds to try again after a failure. Then the next request does; by default the pool rests for minutes.
    "reconnect_timeout": 1,
}
#% endif
##%
##%
#% if cookiecutter.__database_pooling == "direct"
def databases(env: Production) -> dict[str, dict[str, Any]]:
    """Return Django's DATABASES."""
    # Checked before they are lent: those that an outage ended would each fail a request.
    database = dj_database_url.parse(env.DATABASE_URL, conn_health_checks=True)
    options = {"connect_timeout": 5, "pool": POOL}  # seconds
    return {"default": database | {"OPTIONS": options | database.get("OPTIONS", {})}}
#% else
def databases(env: Production) -> dict[str, dict[str, Any]]:
    """Return Django's DATABASES: `default` through the pooler, and `direct` past it.

    `direct` is for migrations, and for what a session has to remember, such as LISTEN.
    """
    aliases = {"default": through_pooler(env.DATABASE_URL), "direct": database(env.DATABASE_DIRECT_URL)}
#% endif
#% if cookiecutter.__database_pooling == "managed" and cookiecutter.cloud == "aws"
    if env.DATABASE_IAM_AUTH:
        aliases["default"] |= {"ENGINE": "config.rds", "AWS_REGION": env.AWS_REGION}
#% endif
#% if cookiecutter.tier == "scale"
    aliases["replica"] = replica(env.DATABASE_REPLICA_URL)
#% endif
#% if cookiecutter.__database_pooling != "direct"
    return aliases


def database(url: str) -> dict[str, Any]:
    """Return the settings of one database."""
    # Each request connects and hangs up: the pooler is what keeps connections, and two pools would be one
    # too many.
    parsed = dj_database_url.parse(url)
    return parsed | {"OPTIONS": {"connect_timeout": 5} | parsed.get("OPTIONS", {})}  # seconds


def through_pooler(url: str) -> dict[str, Any]:
    # The next statement may run on another connection of PostgreSQL, where nobody knows an open cursor.
    return database(url) | {"DISABLE_SERVER_SIDE_CURSORS": True}
#% endif
#% if cookiecutter.tier == "scale"
##%
##%
def replica(url: str) -> dict[str, Any]:
    """Return the settings of the replica, which has no pooler: each event of a socket would connect anew."""
    parsed = dj_database_url.parse(url, conn_health_checks=True)
    # Seconds until one more is given up, and milliseconds until one that is open is.
    options = {"connect_timeout": 2, "tcp_user_timeout": 2000, "pool": POOL}
    return parsed | {"OPTIONS": options | parsed.get("OPTIONS", {})}
#% endif
