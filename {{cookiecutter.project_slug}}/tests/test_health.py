import asyncio
import json

import pytest

from apps.core.health import Health, all_checks


async def application(scope, receive, send):
    await send({"type": "passed on"})


def probe(health, path):
    """Return the status and body that a probe of the path gets."""
    sent = []

    async def send(message):
        sent.append(message)

    async def visit():
        await health({"type": "http", "path": path}, None, send)

    asyncio.run(visit())
    return sent[0]["status"], json.loads(sent[1]["body"])


async def passes():
    pass


async def fails():
    raise OSError("redis://:secret@localhost refused")


async def hangs():
    await asyncio.sleep(60)


def test_live_touches_nothing():
    assert probe(Health(application, {"database": fails}), "/health/live") == (200, {"status": "alive"})


def test_ready_when_all_parts_answer():
    assert probe(Health(application, {"database": passes}), "/health/ready") == (200, {"status": "ready"})


def test_ready_names_the_failing_parts_and_no_secret(monkeypatch, caplog):
    monkeypatch.setattr("apps.core.health.TIMEOUT", 0.05)
    health = Health(application, {"database": passes, "state": fails, "channel": hangs})
    assert probe(health, "/health/ready") == (503, {"status": "failing", "failing": ["state", "channel"]})
    assert "no answer from state (OSError)" in caplog.text
    assert "secret" not in caplog.text


def test_ready_while_pages_can_be_served(monkeypatch):
    monkeypatch.setattr("apps.core.health.TIMEOUT", 0.05)
    health = Health(application, {"database": passes, "channel": fails, "broker": hangs})
    degraded = {"status": "degraded", "failing": ["channel", "broker"]}
    assert probe(health, "/health/ready") == (200, degraded)


def test_many_probes_look_once(monkeypatch):
    monkeypatch.setattr("apps.core.health.FRESH", 60)
    looks = []

    async def check():
        looks.append(1)
        await asyncio.sleep(0.01)

    async def visit():
        health = Health(application, {"database": check})
        await asyncio.gather(*(health.failing() for _ in range(100)))
        await health.failing()

    asyncio.run(visit())
    assert len(looks) == 1


def test_other_paths_are_passed_on():
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(Health(application, {})({"type": "http", "path": "/"}, None, send))
    assert sent == [{"type": "passed on"}]


@pytest.mark.django_db(transaction=True)
def test_development_is_ready():
    assert probe(Health(application, all_checks()), "/health/ready") == (200, {"status": "ready"})
