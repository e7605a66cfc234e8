"""Have open pages follow the database: a saved or deleted row reaches every page that shows its model.

Saving a row sends a notification in the same transaction, and PostgreSQL hands it out after the commit, in
the order of commits. One web process at a time listens, and pushes to the pages of all. With djust's own
`listen()` each process pushes to the pages of all, and what is sent while nobody listens is lost.
"""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Collection
from contextvars import Context
from typing import Any

import psycopg
from django.db import connection, connections, models, transaction
from django.db.models.signals import post_delete, post_save
from djust import LiveView, apush_to_view, push_to_view
from djust.db import send_pg_notify
from redis import RedisError
#% if cookiecutter.tier == "scale"
from redis.exceptions import RedisClusterException
##%
from config import replica
#% endif
##%
# One for all models. It is also the name of the lock that the process which listens holds.
CHANNEL = "app_events"
RETRY = 1  # seconds between attempts to connect, and to become the process that listens
SETTLE = 3  # seconds in which all processes have subscribed again after Redis was away
# Seconds, and a number. Without them, the lock of a machine that vanished would be held for two hours.
KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}

logger = logging.getLogger(__name__)
followers: defaultdict[str, set[str]] = defaultdict(set)  # paths of views, by the label of a model
listener: asyncio.Task | None = None


def announced(*, except_for: Collection[str] = ()) -> Callable[[type[models.Model]], type[models.Model]]:
    """Class decorator of a model: send a notification when a row is saved or deleted.

    Saving nothing but the fields in `except_for` sends none. Neither do update(), bulk_create() and
    bulk_update(), for which Django has no signals.
    """

    def announce(instance: models.Model, update_fields: Collection[str] | None = None, **kwargs: Any) -> None:
        if not (update_fields and set(update_fields) <= set(except_for)):
            tell({"model": instance._meta.label, "pk": instance.pk})

    def connect(model: type[models.Model]) -> type[models.Model]:
        for signal in (post_save, post_delete):
            signal.connect(announce, sender=model, weak=False)
        return model

    return connect


def tell(change: dict[str, Any]) -> None:
    if connection.vendor == "postgresql":
        send_pg_notify(CHANNEL, change)
    else:
        # SQLite has no notifications, but its pages are in the process that saves (`make dev`).
        transaction.on_commit(lambda: push_here(change), robust=True)


def push_here(change: dict[str, Any]) -> None:
    for view in followers[change["model"]]:
        push_to_view(view, handler="handle_change", payload=change)


def follows(*followed: type[models.Model]) -> Callable[[type[LiveView]], type[LiveView]]:
    """Class decorator of a live view: call its handle_change(model, pk) for each change of these models.

    After a time in which changes may have been missed, it is called once with None for both.
    """

    def register(view: type[LiveView]) -> type[LiveView]:
        for model in followed:
            followers[model._meta.label].add(f"{view.__module__}.{view.__qualname__}")
        return view

    return register


def start() -> None:
    """Have this process listen, or wait to be the one that does; call it in the process's event loop."""
    global listener
    gone = listener is None or listener.done()
    if gone and connections["default"].vendor == "postgresql":
        listener = asyncio.create_task(listen_for_ever(), context=Context())


async def listen_for_ever() -> None:
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(**parameters()) as listening:
                await listen(listening)
        except (psycopg.Error, OSError) as error:
            # The type only: messages of drivers can quote a URL with its password.
            logger.warning("No connection to listen to the database (%s)", type(error).__name__)
        except Exception:
            # Whatever it is, it must not be the end of all pushes until the next release.
            logger.exception("Listening to the database begins anew")
        await asyncio.sleep(RETRY)


def parameters() -> dict[str, Any]:
    """Return how to connect: past the pooler, in whose transactions nobody can listen."""
    direct = connections["direct" if "direct" in connections else "default"].get_connection_params()
    own = ("cursor_factory", "context")  # for Django's synchronous connections
    shared = {name: value for name, value in direct.items() if name not in own}
    return shared | KEEPALIVE | {"autocommit": True}


async def listen(listening: psycopg.AsyncConnection) -> None:
    """Become the process that listens, and push what comes, until the connection is lost."""
    await listening.execute("; ".join(f"SET tcp_{name} = {value}" for name, value in KEEPALIVE.items()))
    while True:
        # Asked again and again, since a query that waits for the lock would keep PostgreSQL from vacuuming.
        if await value_of(listening, "SELECT pg_try_advisory_lock(hashtext(%s))", CHANNEL):
            break
        await asyncio.sleep(RETRY)
    await listening.execute(f"LISTEN {CHANNEL}")
    logger.info("This process listens to the database for all open pages")
#% if cookiecutter.tier == "scale"
    await mark(listening)
#% endif
    await push(everything())
    while True:
        payloads = [notification.payload async for notification in listening.notifies(stop_after=1)]
#% if cookiecutter.tier == "scale"
        await mark(listening)
#% endif
        for payload in dict.fromkeys(payloads):
            await push(changes_in(payload))


#% if cookiecutter.tier == "scale"
async def mark(listening: psycopg.AsyncConnection) -> None:
    """Before anybody is told, have nobody read from a replica that doesn't have it yet; wait for Redis."""
    while True:
        position = await value_of(listening, replica.POSITION)
        try:
            await asyncio.to_thread(replica.mark, position)
        except (RedisError, RedisClusterException) as error:
            logger.warning("Open pages are told of changes once Redis is back (%s)", type(error).__name__)
            await asyncio.sleep(RETRY)
        else:
            return
##%
##%
#% endif
async def value_of(listening: psycopg.AsyncConnection, query: str, *values: Any) -> Any:
    return (await (await listening.execute(query, values)).fetchone())[0]


def changes_in(payload: str) -> dict[str, dict[str, Any]]:
    """Return what to tell each view; other programs may send what they like."""
    try:
        change = json.loads(payload)
        return {view: {"model": change["model"], "pk": change["pk"]} for view in followers[change["model"]]}
    except (ValueError, TypeError, KeyError):
        logger.warning("A notification that is not a change was ignored")
        return {}


def everything() -> dict[str, dict[str, Any]]:
    """Return what to tell each view when changes may have been missed."""
    return {view: {"model": None, "pk": None} for views in followers.values() for view in views}


async def push(changes: dict[str, dict[str, Any]]) -> None:
    """Push to the pages of each view; while Redis is away, wait for it, and then push everything."""
    missed = False
    while True:
        try:
            for view, change in changes.items():
                await apush_to_view(view, handler="handle_change", payload=change)
        except (RedisError, OSError) as error:
            if not missed:
                logger.warning("Open pages can't be told of changes (%s)", type(error).__name__)
            missed = True
            await asyncio.sleep(RETRY)
            continue
        if not missed:
            return
        missed, changes = False, everything()
        await asyncio.sleep(SETTLE)
