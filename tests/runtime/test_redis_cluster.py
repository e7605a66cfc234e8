"""The scale tier on a real Redis Cluster, and what a dead master of it does with and without a replica.

`-rP` prints what was measured.
"""

import asyncio
import signal
import time
from collections import Counter

import httpx
import pytest

from tests import rendering
from tests.matrix import FIRST, resolve
from tests.redis_cluster import RedisCluster
from tests.services import Server, free_port, wait_until
from tests.site import PASSWORD, SECRETS, Site

AT_SCALE = resolve(FIRST | {"tier": "scale"})
STRANGERS = 40


@pytest.fixture(scope="module")
def site(services, tmp_path_factory):
    site = Site(rendering.project_of(AT_SCALE), services, tmp_path_factory.mktemp("cluster"), AT_SCALE)
    site.env["WEB_CONCURRENCY"] = "1"
    return site.prepare()


@pytest.fixture(scope="module")
def with_replicas(services):
    config = services.config / "cluster.conf"
    with RedisCluster(
        services.folder, password="replicas-" + SECRETS["cluster"], config=config, replicas=True
    ) as it:
        yield it


def ready(web) -> list[str]:
    """Return the names of what fails."""
    return httpx.get(web.base + "/health/ready", timeout=30).json().get("failing", [])


async def pages(web) -> Counter[int]:
    """Return how often which status answers new visitors, whose state may be on any master."""
    statuses: Counter[int] = Counter()
    for number in range(STRANGERS):
        async with web.browser() as stranger:
            statuses[(await stranger.get(f"/?visitor={number}")).status_code] += 1
    return statuses


def test_a_replica_takes_over_from_a_dead_master(site, with_replicas):
    async def visit(web):
        wait_until(lambda: ready(web) == [], "all parts ready")
        async with web.browser() as user, web.browser() as first, web.browser() as second:
            await user.login("ada", PASSWORD)
            await user.open("/documents/")
            await first.open("/")
            with_replicas.masters[0].stop(signal.SIGKILL)  # the one that the site has the address of
            killed = time.monotonic()
            wait_until(lambda: ready(web) == ["state"], "the dead master to be noticed")
            answer = await user.event("search", value="while a master is dead")
            assert answer["type"] in ("patch", "html_update"), answer
            during = await pages(web)
            wait_until(lambda: ready(web) == [], "the replica to take over")
            recovered = time.monotonic() - killed
            after = await pages(web)
            assert "2 looking at this page now" in (await second.open("/"))["html"]
        return during, recovered, after

    with site.gunicorn(REDIS_STATE_URL=with_replicas.url()) as web:
        during, recovered, after = asyncio.run(visit(web))
        with_replicas.masters[0].start()
        wait_until(lambda: "role:slave" in with_replicas.masters[0].cli("INFO", "replication"), "its return")
        wait_until(lambda: ready(web) == [], "all parts to be well")
    print(
        f"pages while a master is dead: {dict(during)}; ready again after {recovered:.1f} s; "
        f"then {dict(after)}"
    )
    assert set(during) <= {200, 503}
    assert after == {200: STRANGERS}


def test_without_a_replica_only_a_part_fails(site):
    cluster = site.redis["state"]

    async def visit(web):
        wait_until(lambda: ready(web) == [], "all parts ready")
        cluster.masters[1].stop(signal.SIGKILL)
        try:
            wait_until(lambda: ready(web) == ["state"], "the dead master to be noticed")
            await asyncio.sleep(8)  # longer than the nodes wait before they say that it has failed
            return await pages(web)
        finally:
            cluster.masters[1].start()
            wait_until(lambda: ready(web) == [], "it to be back")

    with site.gunicorn() as web:
        statuses = asyncio.run(visit(web))
        assert asyncio.run(pages(web)) == {200: STRANGERS}
    print(f"pages without one of three masters: {dict(statuses)}")
    assert set(statuses) == {200, 503}


def test_a_process_starts_while_the_cluster_is_away(site):
    site.redis["state"].stop()
    try:
        with site.gunicorn() as web:
            assert httpx.get(web.base + "/health/live").status_code == 200
            wait_until(lambda: ready(web) == ["state"], "the cluster to be named")
    finally:
        site.redis["state"].start()


def test_beat_keeps_its_lock_in_the_cluster(site):
    command = [site.python, "-m", "celery", "-A", "config", "beat", "--loglevel", "INFO"]
    with Server("beat", command, site.folder, env=site.env, ready="Acquired lock"):
        keys = [node.cli("KEYS", "*redbeat*") for node in site.redis["state"].masters]
    [found] = filter(None, keys)  # all on one master
    assert "{redbeat}::lock" in found.splitlines()


def doctor(site) -> list[str]:
    printed = site.run("manage.py", "doctor", "--port", str(free_port()), check=False).stdout
    assert not any(secret in printed for secret in SECRETS.values())
    return [line[9:23].strip() for line in printed.splitlines() if line.startswith("  wrong")]


def test_doctor_knows_what_each_redis_may_evict(site):
    assert doctor(site) == []
    node, cache = site.redis["state"].masters[2], site.redis["cache"]
    node.cli("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    cache.cli("CONFIG", "SET", "maxmemory-policy", "noeviction")
    try:
        assert doctor(site) == ["state", "cache"]
    finally:
        node.cli("CONFIG", "SET", "maxmemory-policy", "noeviction")
        cache.cli("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
