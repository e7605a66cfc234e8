"""What a worker does besides tasks: patching, queues, limits, logs, and waiting for its broker."""

import json
import signal
import subprocess
import time

import pytest

from tests.services import Redis, wait_until

# Runs in each Python before anything else, and writes down what was imported when gevent patched.
WITNESS = """
import sys
from gevent import events
def on(event):
    if isinstance(event, events.GeventWillPatchAllEvent):
        print("patched before django:", "django" not in sys.modules, file=sys.stderr)
events.subscribers.append(on)
"""
# Each with an id, as if an event of another page queued it.
QUEUE_FOR_PAGES = """
from structlog.contextvars import bound_contextvars
for page in range(4):
    with bound_contextvars(request_id=f"page-{page}"):
        print(slow_query.delay(1).id, f"page-{page}")
"""


def test_gevent_is_patched_before_django(gevent_project, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(WITNESS)
    with gevent_project.worker(PYTHONPATH=str(tmp_path)) as worker:
        assert worker.log.read_text().count("patched before django: True") == 1


@pytest.mark.parametrize("env", [{"POOL_FROM_SETTINGS": "gevent"}, {"CELERY_WORKER_POOL": "gevent"}], ids=str)
def test_a_gevent_pool_that_would_not_be_patched_is_refused(gevent_project, env):
    command = [gevent_project.bin / "celery", "-A", "config", "worker"]
    done = subprocess.run(
        command, cwd=gevent_project.folder, env=gevent_project.env | env, timeout=60,
        text=True, capture_output=True,
    )  # fmt: skip
    assert done.returncode != 0
    assert "Name the pool on the command line: celery -A config worker --pool=gevent" in done.stderr


def test_both_queues_are_worked_on_once(project):
    with project.worker():
        project.do("tick.delay(); tick.apply_async(queue='celery'); slow_query.apply_async((1,))")
        wait_until(lambda: project.noted("slow") and project.noted("ticked") >= 2, "both queues")
    assert project.noted("ticked") == 2


def test_a_task_that_waits_too_long_is_ended(project):
    gevent = project.pool == "gevent"
    ended = "Hard time limit (2s) exceeded" if gevent else "SoftTimeLimitExceeded"
    with project.worker() as worker:
        project.do(f"nap.apply_async((300,), soft_time_limit=1, time_limit={2 if gevent else 60})")
        wait_until(lambda: ended in worker.log.read_text(), ended, timeout=30)
        project.do("tick.delay()")
        wait_until(lambda: project.noted("ticked"), "the next task")
    assert not project.noted("napped")


def test_tasks_at_the_same_time_log_their_own_ids(project):
    with project.worker() as worker:
        queued = project.do(QUEUE_FOR_PAGES)
        project.do("tick.delay()")
        wait_until(lambda: worker.log.read_text().count("succeeded in") >= 5, "all tasks")
    lines = [json.loads(line) for line in worker.log.read_text().splitlines() if "succeeded in" in line]
    assert {line["level"] for line in lines} == {"info"}
    ids = {line["task_id"]: line.get("request_id") for line in lines}
    of_pages = dict(line.split() for line in queued.splitlines())
    [of_none] = ids.keys() - of_pages.keys()
    assert ids == of_pages | {of_none: None}


def test_a_worker_waits_for_its_broker(project, tmp_path):
    broker = Redis(tmp_path)
    worker = project.worker(CELERY_BROKER_URL=broker.url())
    worker.ready = "Trying again in"
    with worker, broker:
        wait_until(lambda: " ready." in worker.log.read_text(), "the worker to find its broker")


def test_a_killed_workers_task_is_done_by_another(project):
    lost = {"VISIBILITY_TIMEOUT": "15"}
    with project.worker(**lost) as worker:
        project.do("finish_in_the_end.delay(8)")
        wait_until(lambda: project.noted("begun"), "the task to begin")
        worker.stop(signal.SIGKILL)
    assert not project.noted("finished")
    with project.worker(name="second", **lost):
        wait_until(lambda: project.noted("finished"), "the task to be done again", timeout=90)


def test_a_worker_reserves_no_more_than_it_can_run(project):
    running = 20 if project.pool == "gevent" else 2
    with project.worker(f"--pool={project.pool}", f"--concurrency={running}") as worker:
        project.do("for _ in range(60): nap.apply_async((300,))")
        wait_until(lambda: project.noted("napping") >= running, "a full worker")
        time.sleep(1)
        waiting = int(project.broker("LLEN", "default"))
        worker.stop(signal.SIGKILL)
    assert waiting >= 60 - 2 * running
