"""Metrics of several processes: counted together, and without those that are gone."""

import asyncio
import os
import re
import signal
from contextlib import AsyncExitStack
from pathlib import Path

from tests import matrix, rendering
from tests.services import wait_until
from tests.site import Site
from tests.visit import measured

SOCKETS = 8
DEADLY = "\n\n@shared_task\ndef deadly():\n    import os\n    os.kill(os.getpid(), 9)\n"


def folders(web) -> set[Path]:
    """Return where the workers count, which is mapped into their memory."""
    maps = "".join(Path(f"/proc/{pid}/maps").read_text() for pid in web.workers())
    return set(map(Path, re.findall(r"/dev/shm/metrics-\w+", maps)))  # noqa: S108


def test_sockets_of_killed_processes_are_not_open(site):
    async def visit(web):
        async with AsyncExitStack() as stack:
            for _ in range(SOCKETS):
                await (await stack.enter_async_context(web.browser())).open("/")
            assert measured([web], "live_sockets") == SOCKETS
            [folder] = folders(web)
            for pid in web.workers():
                os.kill(pid, signal.SIGKILL)
            await asyncio.to_thread(wait_until, lambda: measured([web], "live_sockets") == 0, "none", 20)
            return folder

    with site.gunicorn(WEB_CONCURRENCY="2") as web:
        folder = asyncio.run(visit(web))
        assert measured([web], "http_request_duration_seconds_count", route="home") == SOCKETS
    assert not folder.exists()


def test_a_task_whose_process_is_killed_has_failed(services, tmp_path):
    combination = matrix.resolve(matrix.FIRST | {"celery": "prefork"})
    site = Site(rendering.project_of(combination), services, tmp_path, combination).begin_anew()
    with (site.folder / "apps/core/tasks.py").open("a") as tasks:
        tasks.write(DEADLY)
    failed = {"task": "apps.core.tasks.deadly", "error": "WorkerLostError"}
    with site.worker("--concurrency=1") as worker:
        site.manage("shell", "-c", "from apps.core.tasks import deadly; deadly.delay()")
        wait_until(lambda: measured([worker], "task_failures_total", **failed) == 1, "the failure")
