"""How Django connects to PostgreSQL."""

from typing import Any

import dj_database_url

from config.env import Production

#% if cookiecutter.__database_pooling == "direct"
# Connections that a process keeps and lends. Each request runs in a thread of its own, so that CONN_MAX_AGE
# would leave its connection behind for nobody to use.
POOL = {
    "min_size": 1,
    # One for each lane of config/asgi.py, which keeps it, and as many again for pages. New servers start
    # before old ones end: two of two processes come to 128 then. PostgreSQL allows 97 unless told otherwise,
    # as compose.yaml does.
    "max_size": 16,
    "timeout": 3,  # seconds that a page waits for a free one, before it says that it can't be served now
    # Seconds to try again after a failure. Then the next request does; by default the pool rests for minutes.
    "reconnect_timeout": 1,
}


def databases(env: Production) -> dict[str, dict[str, Any]]:
    """Return Django's DATABASES."""
    # Checked before they are lent: those that an outage ended would each fail a request.
    database = dj_database_url.parse(env.DATABASE_URL, conn_health_checks=True)
    options = {"connect_timeout": 5, "pool": POOL}  # seconds
    return {"default": database | {"OPTIONS": options | database.get("OPTIONS", {})}}
#% else
##%
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


def database(url: str, connect_timeout: int = 5) -> dict[str, Any]:
    """Return the settings of one database; `connect_timeout` is in seconds, and the URL can name another."""
    # Each request connects and hangs up: the pooler is what keeps connections, and two pools would be one
    # too many.
    parsed = dj_database_url.parse(url)
    return parsed | {"OPTIONS": {"connect_timeout": connect_timeout} | parsed.get("OPTIONS", {})}


def through_pooler(url: str) -> dict[str, Any]:
    # The next statement may run on another connection of PostgreSQL, where nobody knows an open cursor.
    return database(url) | {"DISABLE_SERVER_SIDE_CURSORS": True}
#% endif
#% if cookiecutter.tier == "scale"
##%
##%
def replica(url: str) -> dict[str, Any]:
    # Somebody waits for this long until their page is read from the primary, when the replica is lost.
    settings = database(url, connect_timeout=2)
    settings["OPTIONS"].setdefault("tcp_user_timeout", 2000)  # milliseconds, for connections that are open
    return settings
#% endif
