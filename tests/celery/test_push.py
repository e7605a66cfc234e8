"""push_to_view from tasks: every push arrives, queries are unharmed, and the worker ends warm."""

import asyncio
import contextlib
import time

from tests.client import Browser
from tests.services import wait_until

PUSHES = 400


def push_from_tasks(project, task: str, patience: float):
    """Queue pushes and queries in turn; return how often each was done, and how many pushes arrived.

    The page's process gets `patience` seconds for what the worker is through with.
    """

    async def visit(web):
        async with Browser(f"http://127.0.0.1:{web.port}") as browser:
            await browser.open("/")
            await asyncio.to_thread(project.do, f"for _ in range({PUSHES}): {task}.delay(); query.delay()")
            await asyncio.to_thread(wait_until, lambda: finished(project) >= 2 * PUSHES, "all tasks", 180)
            with contextlib.suppress(TimeoutError):
                await asyncio.to_thread(wait_until, all_arrived, "all pushes", patience)

    def all_arrived():
        return project.noted("arrived") >= project.noted("pushed") >= PUSHES

    def finished(project):
        return project.worker_log().count(" succeeded in ") + project.worker_log().count(
            " raised unexpected: "
        )

    with project.web() as web, project.worker() as worker:
        project.worker_log = worker.log.read_text
        asyncio.run(visit(web))
    return project.noted("pushed"), project.noted("queried"), project.noted("arrived")


def test_every_push_arrives_and_queries_are_unharmed(project):
    pushed, queried, arrived = push_from_tasks(project, "push", patience=60)
    assert min(pushed, queried) >= PUSHES  # a task may be delivered twice
    assert arrived == pushed


def test_without_its_own_thread_pushes_fail_under_gevent(gevent_project):
    *_, arrived = push_from_tasks(gevent_project, "bare_push", patience=1)
    assert arrived < PUSHES, "djust's own push_to_view works under gevent now: delete apps/core/push.py"


def test_term_lets_a_running_task_finish(project):
    with project.worker() as worker:
        project.do("push.delay(); nap.delay(8)")
        wait_until(lambda: project.noted("napping") and project.noted("pushed"), "the task to run")
        start = time.monotonic()
        worker.process.terminate()
        assert worker.process.wait(40) == 0
        assert time.monotonic() - start > 1, "the task was not waited for"
    assert project.noted("napped")


def test_a_slow_query_does_not_stop_the_others(gevent_project):
    with gevent_project.worker() as worker:
        gevent_project.do("for _ in range(20): slow_query.delay(5)")
        wait_until(lambda: gevent_project.noted("slow") >= 20, "20 queries of 5 s", timeout=60)
    assert "raised unexpected" not in worker.log.read_text()
