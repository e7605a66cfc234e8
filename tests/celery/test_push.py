"""push_to_view from tasks: every push arrives, queries are unharmed, and the worker ends warm."""

import asyncio
import time

from tests.client import Browser
from tests.services import wait_until

PUSHES = 400


def push_from_tasks(project, task: str):
    """Queue pushes and queries in turn; return how many arrived in the page's process and were queried."""

    async def visit(web):
        async with Browser(f"http://127.0.0.1:{web.port}") as browser:
            await browser.open("/")
            await asyncio.to_thread(project.do, f"for _ in range({PUSHES}): {task}.delay(); query.delay()")
            await asyncio.to_thread(wait_until, lambda: finished(project) >= 2 * PUSHES, "all tasks")
            await asyncio.sleep(1)

    def finished(project):
        return project.worker_log().count(" succeeded in ") + project.worker_log().count(
            " raised unexpected: "
        )

    with project.web() as web, project.worker() as worker:
        project.worker_log = worker.log.read_text
        asyncio.run(visit(web))
    return project.noted("arrived"), project.noted("queried")


def test_every_push_arrives_and_queries_are_unharmed(project):
    assert push_from_tasks(project, "push") == (PUSHES, PUSHES)


def test_without_its_own_thread_pushes_fail_under_gevent(gevent_project):
    arrived, _ = push_from_tasks(gevent_project, "bare_push")
    assert arrived < PUSHES, "djust's own push_to_view works under gevent now: delete apps/core/push.py"


def test_term_lets_a_running_task_finish(project):
    with project.worker() as worker:
        project.do("push.delay(); nap.delay(3)")
        wait_until(lambda: project.noted("napping") and project.noted("pushed"), "the task to run")
        start = time.monotonic()
        worker.process.terminate()
        assert worker.process.wait(10) == 0
        assert time.monotonic() - start > 1, "the task was not waited for"
    assert project.noted("napped") == 1


def test_a_slow_query_does_not_stop_the_others(gevent_project):
    with gevent_project.worker() as worker:
        gevent_project.do("for _ in range(20): slow_query.delay(3)")
        wait_until(lambda: gevent_project.noted("slow") == 20, "20 queries of 3 s", timeout=30)
    assert "raised unexpected" not in worker.log.read_text()
