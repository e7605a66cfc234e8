"""The equipment of this stage: an engine that does what projects ask for, and images as they should be."""

import contextlib
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests import engine as engines
from tests import rendering
from tests.commands import run
from tests.services import free_port

EQUIPMENT = Path(__file__).parent / "equipment"


@contextlib.contextmanager
def equipment(engine):
    """Have all that equipment/ says, healthy, and give what runs `docker compose` on it."""
    name = f"equipment{free_port()}"

    def compose(*words):
        return engine.docker("compose", "--project-name", name, *words, cwd=EQUIPMENT)

    try:
        compose("up", "--detach", "--wait", "--wait-timeout", "300")
        yield compose
    except AssertionError as problem:
        problem.add_note(compose("ps", "--all") + compose("logs", "--no-color", "--tail", "20"))
        raise
    finally:
        compose("down", "--volumes", "--timeout", "1")


def test_what_stacks_are_made_of(engine, standins):
    with equipment(engine) as compose:
        published_ports_and_names_between_services_are_reached(compose)
        a_read_only_container_without_capabilities_is_one(compose)
        servers_have_the_users_and_contents_that_they_were_asked_for(compose)


def published_ports_and_names_between_services_are_reached(compose):
    for service, port in (("web", "8000"), ("nginx", "8080")):
        address = compose("port", service, port).strip()
        assert address.startswith("127.0.0.1:")
        assert httpx.get(f"http://{address}/tzdata.zi", timeout=30).text.startswith("# version")


def a_read_only_container_without_capabilities_is_one(compose):
    found = compose("exec", "-T", "web", "cat", "/proc/self/status")
    assert "CapEff:\t0000000000000000" in found
    assert "NoNewPrivs:\t1" in found
    with pytest.raises(AssertionError, match="Read-only file system"):
        compose("exec", "-T", "--user", "root", "web", "touch", "/new")


def servers_have_the_users_and_contents_that_they_were_asked_for(compose):
    def inside(service, *command):
        return compose("exec", "-T", service, *command).strip()

    ask = ("psql", "postgresql://app:secret@pgbouncer:5432/app", "-Atc", "select id, version() from found")
    assert inside("postgres", *ask).startswith("42|PostgreSQL 17.")
    assert "valkey_version:8." in inside("valkey", "valkey-cli", "-a", "secret", "info", "server")
    assert "app\t[administrator]" in inside("rabbitmq", "rabbitmqctl", "--quiet", "list_users")
    assert "nginx version: nginx/1.3" in inside("nginx", "nginx", "-v")
    owners = {
        service: inside(service, "stat", "-c", "%u %U", "/proc/1")
        for service in ("postgres", "valkey", "rabbitmq")
    }
    assert owners == {"postgres": "70 postgres", "valkey": "999 valkey", "rabbitmq": "100 rabbitmq"}


def test_images_made_from_alpine_have_its_tools_and_no_others(engine, standins):
    look = "for tool in wget nc bash curl python3; do command -v $tool || true; done"
    for image in ("nginx:1.30-alpine", "valkey/valkey:8-alpine"):
        found = engine.docker("run", "--rm", "--entrypoint", "sh", image, "-c", look).split()
        assert {Path(path).name for path in found} == {"wget", "nc"}, image


def test_compose_reads_every_stack(engine, tmp_path):
    """Each distinct one, with the .env that its own script writes."""
    distinct = {(project / "compose.yaml").read_bytes(): project for project in rendering.projects().values()}

    def read(project):
        folder = tmp_path / project.parent.name
        shutil.copytree(project / "deploy", folder / "deploy")
        shutil.copy(project / "compose.yaml", folder)
        run("sh", "deploy/env.sh", cwd=folder, env=engine.environment)
        engine.docker("compose", "config", "--quiet", cwd=folder)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(read, distinct.values()))


def test_what_an_engine_of_ours_lacks_is_named(monkeypatch, tmp_path):
    """By the step that finds it out: no root, no Debian."""
    assert engines.reached({"PATH": str(tmp_path)}) is None
    with monkeypatch.context() as context:
        context.setattr(os, "geteuid", lambda: 1000)
        with pytest.raises(engines.MissingError, match="only root on Linux can start one"):
            engines.install()
    with monkeypatch.context() as context:
        context.setenv("PATH", str(tmp_path))
        with pytest.raises(engines.MissingError, match="comes from Debian's packages"):
            engines.install()


def test_an_old_engine_is_refused(monkeypatch, tmp_path):
    docker = tmp_path / "docker"
    docker.write_text("""#!/bin/sh\necho '{"ServerVersion": "20.10.24"}'\n""")
    docker.chmod(0o755)
    with pytest.raises(engines.MissingError, match=r"20\.10\.24, and 25 is needed"):
        engines.reached({"PATH": str(tmp_path)})
