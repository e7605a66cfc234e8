"""Two beats by mistake: each tick fires once, and the second takes over when the first dies."""

import signal
import time

from tests.services import wait_until

SECONDS = 60
EVERY = 3  # seconds; proof_settings.CELERY_BEAT_SCHEDULE


def beat(project, name):
    return project.celery(name, "beat", ready="Acquired lock" if name == "first" else "Starting")


def ticks(project) -> int:
    """Return how many ticks were queued; no worker takes them away."""
    return int(project.broker("LLEN", "default"))


def test_two_beats_fire_each_tick_once(gevent_project):
    with beat(gevent_project, "first") as first, beat(gevent_project, "second"):
        start, before = time.monotonic(), ticks(gevent_project)
        time.sleep(SECONDS)
        fired, elapsed = ticks(gevent_project) - before, time.monotonic() - start
    assert elapsed / EVERY / 2 < fired <= elapsed / EVERY + 2  # each late tick makes the next ones late
    # Such as redbeat's, of settings that it looks for in vain.
    assert '"level": "warning"' not in first.log.read_text()


def test_the_second_beat_takes_over(gevent_project):
    with beat(gevent_project, "first") as first, beat(gevent_project, "second") as second:
        wait_until(lambda: ticks(gevent_project), "the first tick")
        first.stop(signal.SIGKILL)
        fired = ticks(gevent_project)
        wait_until(lambda: ticks(gevent_project) > fired + 1, "ticks of the second beat")
        assert "Acquired lock" in second.log.read_text()


def test_without_the_lock_ticks_fire_twice(gevent_project):
    unlocked = ["beat", "--scheduler", "celery.beat:Scheduler"]
    with (
        gevent_project.celery("first", *unlocked, ready="Starting"),
        gevent_project.celery("second", *unlocked, ready="Starting"),
    ):
        start, before = time.monotonic(), ticks(gevent_project)

        def more_than_one_can() -> bool:
            return ticks(gevent_project) - before > (time.monotonic() - start) / EVERY + 2

        wait_until(more_than_one_can, "ticks that fire twice")
