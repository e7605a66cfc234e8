"""The numbers of config/gunicorn.py that differ from the guide's, and what they do."""

import asyncio
import json
import os

from tests.runtime.conftest import PROBE
from tests.runtime.test_sockets import open_probe

SHOW = """
import json, os, runpy
if not os.environ["WEB_CONCURRENCY"]:
    del os.environ["WEB_CONCURRENCY"]
found = runpy.run_path("config/gunicorn.py")
print(json.dumps({name: found.get(name) for name in ("workers", "keepalive", "max_requests")}))
"""


def numbers(site, **env: str) -> dict[str, int | None]:
    return json.loads(site.run("-c", SHOW, **env).stdout.splitlines()[-1])


def test_workers_are_as_many_as_cpus_and_never_one(site):
    cpus = os.cpu_count()
    assert numbers(site, WEB_CONCURRENCY="")["workers"] == max(2, cpus)
    assert numbers(site, WEB_CONCURRENCY="7")["workers"] == 7


def test_the_proxy_is_the_first_to_close_an_idle_connection(site):
    # nginx and ALB keep them for 60 seconds, Google's balancer for 600.
    assert numbers(site, TRUSTED_PROXY="nginx")["keepalive"] > 60
    assert numbers(site, TRUSTED_PROXY="aws-alb")["keepalive"] > 60
    assert numbers(site, TRUSTED_PROXY="gcp-lb")["keepalive"] > 600


def test_sockets_are_not_closed_for_the_number_of_requests(site):
    assert not numbers(site)["max_requests"]


def test_time_out_is_for_hanging_loops_and_not_for_slow_handlers(site):
    async def visit(web):
        browser = await open_probe(web)
        workers = web.workers()
        assert (await browser.event("slow", timeout=60, seconds=16))["type"] != "error"
        assert web.workers() == workers
        await browser.__aexit__()

    env = {"PYTHONPATH": str(PROBE), "DJANGO_SETTINGS_MODULE": "probe_settings"}
    with site.gunicorn("--timeout", "8", **env) as web:
        asyncio.run(visit(web))
