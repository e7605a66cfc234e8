"""Whether the replica has all that was written, so that nobody reads less from it than from the primary.

After each write to a table of APPS, how far the primary has come goes to Redis, for all processes to see. The
replica is read from once it has come as far. So it may lag, stand still or be away, and pages still show what
was written last: to a user their own change, and to everybody what a push tells them of.
"""

import logging
import re
import time
from functools import cache

from django.apps import apps
from django.conf import settings
from django.db import Error, connections, transaction
from redis import RedisCluster, RedisError
from redis.exceptions import RedisClusterException

from apps.core import cluster

# The apps whose tables are read from the replica. Each read costs a question to Redis and one to the replica,
# which pays for tables that many people read. Sessions and users are written too often.
APPS = {"documents"}

KEY = "replica:written"
KEEP = 3600  # seconds. Then the primary is asked, which forgets the position of a database since replaced.
AWAY = 5  # seconds in which nobody tries a replica that gave no answer

#% if cookiecutter.cloud == "aws"
# Aurora's readers share the writer's storage and replay no log, but say how far they are behind. So positions
# are times, in milliseconds since 1970, and Aurora gets two seconds to notice a lag.
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora_replica_status.html
POSITION = "SELECT (1000 * extract(epoch FROM clock_timestamp()))::bigint"
REPLAYED = """
    SELECT EXISTS (
        SELECT FROM aurora_replica_status()
        WHERE server_id = aurora_db_instance_identifier()
        AND 1000 * extract(epoch FROM clock_timestamp()) - replica_lag_in_msec - 2000 >= %s
    )"""
#% else
# Bytes that were written to the primary's log since it was made, and that the replica has of them.
POSITION = "SELECT (pg_current_wal_lsn() - '0/0')::bigint"
REPLAYED = "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() - '0/0' >= %s"
#% endif
WRITE = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')

logger = logging.getLogger(__name__)
away_until = 0.0  # by time.monotonic()


@cache
def tables() -> set[str]:
    """Return the names of the tables that are read from the replica."""
    models = apps.get_models(include_auto_created=True)
    return {model._meta.db_table for model in models if model._meta.app_label in APPS}


@cache
def redis() -> RedisCluster:
    return cluster.connect(settings.REDIS_CLUSTERS["state"])


def is_usable() -> bool:
    """Say whether the replica has what was written; where that can't be found out, it has not."""
    global away_until
    if time.monotonic() < away_until:
        return False
    if away_until:  # one asks whether it is back, and nobody else waits for that
        away_until = time.monotonic() + AWAY
    try:
        usable = has(written())
    except (Error, RedisError, RedisClusterException) as error:
        logger.warning("The primary is read from instead of the replica (%s)", type(error).__name__)
        away_until = time.monotonic() + AWAY
        connections["replica"].close()
        return False
    away_until = 0.0
    return usable


def written() -> int:
    """Return the position of the last write."""
    position = redis().zscore(KEY, "position")
    return mark(value("default", POSITION)) if position is None else int(position)


def has(position: int) -> bool:
    return value("replica", REPLAYED, position)


def value(alias: str, query: str, *values: object) -> int:
    with connections[alias].cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()[0]


def mark(position: int) -> int:
    """Have nobody read from the replica before it has come to this position, which is returned."""
    redis().zadd(KEY, {"position": position}, gt=True)  # never back, whoever comes late
    redis().expire(KEY, KEEP, nx=True)
    return position


def mark_writes(connection, **kwargs) -> None:
    """Have what a new connection to the primary writes be marked, once it is committed."""
    # A thread that connects again still has its wrappers, and each more would nest all queries deeper.
    is_known = note in connection.execute_wrappers
    if connection.alias == "default" and "replica" in connections and not is_known:
        connection.execute_wrappers.append(note)


def note(execute, sql, params, many, context):
    result = execute(sql, params, many, context)
    found = WRITE.match(sql) if isinstance(sql, str) else None
    if found and found[1] in tables():
        pending = context["connection"].run_on_commit
        if not any(function is mark_commit for _, function, _ in pending):
            transaction.on_commit(mark_commit)
    return result


def mark_commit() -> None:
    try:
        mark(value("default", POSITION))
    except (Error, RedisError, RedisClusterException) as error:
        logger.warning("A write was not marked for readers of the replica (%s)", type(error).__name__)
