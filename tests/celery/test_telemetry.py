"""What a worker and beat report to Sentry and to a collector of OpenTelemetry."""

import json
import signal

from tests.collector import Collector
from tests.services import wait_until

SPANS = {"run/proof.fail", "run/proof.tick"}


def test_errors_and_spans_of_tasks_are_reported(project):
    with Collector() as collector, project.worker(**collector.environment) as worker:
        project.do("fail.delay('a secret argument'); tick.delay()")
        wait_until(collector.errors, "the error", timeout=30)
        wait_until(lambda: SPANS.issubset(collector.spans()), "the spans", timeout=30)
    [error] = collector.errors()
    assert error["exception"]["values"][-1]["value"] == "broken on purpose"
    assert error["tags"]["task"] == "proof.fail"
    assert "a secret argument" not in json.dumps(error)
    # Nothing is started twice, though the checks of djust import what web processes run.
    assert "already instrumented" not in worker.log.read_text()


def test_errors_of_beat_are_reported(project):
    with Collector() as collector:
        reports = collector.environment | {"UNSENDABLE_TICK": "yes"}
        with project.celery("beat", "beat", ready="Acquired lock", **reports):
            wait_until(collector.errors, "the error", timeout=30)
    assert "SchedulingError" in json.dumps(collector.errors()[0])


def test_a_collector_that_is_away_keeps_no_worker_from_ending(project):
    with Collector() as collector:
        nobody = collector.environment
    with project.worker(**nobody) as worker:
        project.do("fail.delay(''); tick.delay()")
        wait_until(lambda: project.noted("ticked"), "the task")
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(45) == 0
