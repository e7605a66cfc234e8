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
    ended = "Hard time limit (2s) exceeded" if project.pool == "gevent" else "SoftTimeLimitExceeded"
    with project.worker() as worker:
        project.do("nap.apply_async((300,), soft_time_limit=1, time_limit=2)")
        wait_until(lambda: ended in worker.log.read_text(), ended, timeout=30)
        project.do("tick.delay()")
        wait_until(lambda: project.noted("ticked"), "the next task")
    assert not project.noted("napped")


def test_logs_are_json(project):
    with project.worker() as worker:
        project.do("tick.delay()")
        wait_until(lambda: "succeeded in" in worker.log.read_text(), "the task")
    lines = [line for line in worker.log.read_text().splitlines() if "proof.tick" in line]
    assert [json.loads(line)["level"] for line in lines] == ["INFO", "INFO"]


def test_a_worker_waits_for_its_broker(project, tmp_path):
    broker = Redis(tmp_path)
    worker = project.worker(CELERY_BROKER_URL=broker.url())
    worker.ready = "Trying again in"
    with worker, broker:
        wait_until(lambda: " ready." in worker.log.read_text(), "the worker to find its broker")


def test_a_killed_workers_task_is_done_by_another(project):
    lost = {"VISIBILITY_TIMEOUT": "5"}
    with project.worker(**lost) as worker:
        project.do("finish_in_the_end.delay(3)")
        wait_until(lambda: project.noted("begun"), "the task to begin")
        worker.stop(signal.SIGKILL)
    assert not project.noted("finished")
    with project.worker(name="second", **lost):
        wait_until(lambda: project.noted("finished"), "the task to be done again", timeout=90)


def test_a_worker_reserves_no_more_than_it_can_run(project):
    running = 20 if project.pool == "gevent" else 2
    with project.worker(f"--pool={project.pool}", f"--concurrency={running}"):
        project.do("for _ in range(60): nap.apply_async((8,))")
        wait_until(lambda: project.noted("napping") == running, "a full worker")
        time.sleep(1)
        waiting = int(project.broker("LLEN", "default"))
        project.broker("DEL", "default")
    assert waiting >= 60 - 2 * running
