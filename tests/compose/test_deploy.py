"""`make deploy` over real SSH, to a "machine" that is a folder of this one and has the same engine."""

import asyncio
import getpass
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import matrix, rendering
from tests.commands import run
from tests.compose.load import Load
from tests.compose.stack import Stack, StackVisit
from tests.desk import Desk
from tests.engine import Engine
from tests.services import Server, free_port

SLUG = "deployed"  # names its images, containers and volumes, so no other stack on the engine may have it
COMBINATION = matrix.resolve(matrix.FIRST)
FIRST_GREETING = "This page is live"
SECOND_GREETING = "This release is the second"
REPLACED = ("web", "worker", "beat")
KEPT = ("nginx", "postgres", "redis")
FAILING_MIGRATION = """from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]
    operations = [migrations.RunSQL("SELECT nonsense")]
"""
FAILING_SERVER = """
def when_ready(server):
    raise SystemExit("This release can't start.")
"""
TASKS = "from celery import shared_task\n"
FAILING_TASKS = f"""import sys

if "worker" in sys.argv:
    sys.exit("This worker can't start.")
{TASKS}"""


class Machine(Stack):
    """A home folder that SSH leads to, with an engine."""

    def __init__(self, engine: Engine, home: Path):
        self.engine, self.combination = engine, COMBINATION
        self.folder, self.name = home / SLUG, SLUG
        self.port = free_port()

    def __enter__(self) -> "Machine":
        self.remove_images()  # of a run that was cut off
        return self

    def end(self) -> None:
        if (self.folder / ".env").exists():
            self.compose("down", "--volumes", "--timeout", "5")
        self.remove_images()

    def remove_images(self) -> None:
        for tag in self.tags():
            self.engine.docker("image", "rm", f"{SLUG}:{tag}")

    def tags(self) -> set[str]:
        return set(self.engine.docker("image", "ls", "--format", "{{.Tag}}", SLUG).split())

    def releases(self) -> list[str]:
        return (self.folder / "releases").read_text().split()

    def running(self, services: tuple[str, ...]) -> str:
        return self.compose("ps", "--quiet", *services)

    def images_in_use(self) -> set[str]:
        containers = self.running(REPLACED).split()
        return set(self.engine.docker("inspect", "--format", "{{.Image}}", *containers).split())

    def page(self) -> str:
        return httpx.get(f"https://localhost:{self.port}/", verify=self.trusted(), timeout=60).text


class Author(Desk):
    """Somebody who changes the home page now and then."""

    def greet(self, text: str) -> str:
        self.replace("apps/core/templates/core/home.html", FIRST_GREETING, text)
        return self.commit()

    def replace(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text()
        assert old in text, f"{file} has no {old!r}"
        (self.folder / file).write_text(text.replace(old, new))


@pytest.fixture
def machine(engine, standins, tmp_path) -> Iterator[Machine]:
    (tmp_path / "home").mkdir()
    with Machine(engine, tmp_path / "home") as found:
        yield found


@pytest.fixture
def desk(machine, tmp_path) -> Iterator[Author]:
    """Somebody's checkout and SSH client, with the machine's SSH server."""
    answers = matrix.ask_for(COMBINATION) | {"project_slug": SLUG}
    project = rendering.render(answers, tmp_path / "desk").project
    for key in ("host", "own"):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / key)
    port, environment = free_port(), machine.engine.environment
    told = {"DOCKER_HOST", "DOCKER_CONFIG", "PATH"} & set(environment)
    variables = " ".join(f'"{name}={environment[name]}"' for name in sorted(told))
    (tmp_path / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {tmp_path}/host\nAuthorizedKeysFile {tmp_path}/own.pub\n"
        f"PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nSetEnv {variables}\n"
        f'ForceCommand cd {machine.folder.parent} && eval "$SSH_ORIGINAL_COMMAND"\n'
    )
    (tmp_path / "ssh_config").write_text(
        f"Host machine\n HostName 127.0.0.1\n Port {port}\n User {getpass.getuser()}\n BatchMode yes\n"
        f" IdentityFile {tmp_path}/own\n IdentitiesOnly yes\n"
        f" StrictHostKeyChecking no\n UserKnownHostsFile {tmp_path}/known_hosts\n LogLevel ERROR\n"
    )
    commands = tmp_path / "commands"
    commands.mkdir()
    (commands / "ssh").write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {tmp_path}/ssh_config "$@"\n')
    (commands / "ssh").chmod(0o755)
    if not os.geteuid():
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd, as root, keeps its unprivileged half
    sshd = Server("sshd", ["/usr/sbin/sshd", "-D", "-e", "-f", tmp_path / "sshd_config"], tmp_path, port=port)
    with sshd:
        yield Author(project, environment | {"PATH": f"{commands}{os.pathsep}{environment['PATH']}"})


def test_releases_come_and_go_back_while_the_site_serves(desk, machine):
    a_dry_run_prints_what_can_be_run_by_hand(desk, machine)
    first = a_new_site_serves(desk, machine)
    second = a_release_costs_no_request(desk, machine)
    serving = machine.running(REPLACED)
    for keep_from_serving in (fails_to_migrate, fails_to_start):
        keep_from_serving(desk)
        assert machine.running(REPLACED) == serving
        assert machine.releases() == [first, second]
        assert SECOND_GREETING in machine.page()

    assert f"Back to {first}" in desk.make("rollback", "HOST=machine")
    assert FIRST_GREETING in machine.page()
    assert len(machine.images_in_use()) == 1
    assert "no release before" in desk.fails("rollback", "HOST=machine")
    another_domain_is_refused(desk)
    what_is_not_healthy_is_said(desk, machine)
    servers_that_were_stopped_are_started(desk, machine)


def a_dry_run_prints_what_can_be_run_by_hand(desk: Author, machine: Machine) -> None:
    printed = desk.make("deploy", "HOST=machine", "DOMAIN=example.com", "DRY_RUN=1")
    assert not machine.tags()
    assert not machine.folder.exists()

    assert "set DOMAIN" in desk.fails("deploy", "HOST=machine")
    (machine.folder / ".env").unlink()
    by_hand = re.search("^@ [0-9:]+ (ssh .* sed .*)", printed, re.MULTILINE)[1]
    run("sh", "-c", by_hand, cwd=desk.folder, env=desk.environment)
    written = (machine.folder / ".env").read_text().splitlines()
    wanted = {"DOMAIN=example.com", "BIND=0.0.0.0", "HTTP_PORT=80", "HTTPS_PORT=443"}
    assert wanted | {"COMPOSE_PROFILES=certbot"} <= set(written)


def a_new_site_serves(desk: Author, machine: Machine) -> str:
    own = {"DOMAIN": "localhost", "BIND": "127.0.0.1", "HTTP_PORT": free_port(), "HTTPS_PORT": machine.port}
    own["COMPOSE_PROFILES"] = ""  # nobody can ask for a certificate here
    # Of two lines that name a variable, the last one counts.
    with (machine.folder / ".env").open("a") as file:
        file.writelines(f"{name}={value}\n" for name, value in own.items())
    release = desk.git("rev-parse", "--short=12", "HEAD")
    printed = desk.make("deploy", "HOST=machine")
    assert f"Release {release} serves on https://localhost:{machine.port}" in printed
    assert FIRST_GREETING in machine.page()
    return release


def a_release_costs_no_request(desk: Author, machine: Machine) -> str:
    desk.replace("compose.yaml", "shm_size: 128m", "shm_size: 129m")  # of the database
    release = desk.greet(SECOND_GREETING)
    kept = machine.running(KEPT)
    machine.create_users()
    load = Load(StackVisit(machine))
    asyncio.run(load.during(lambda: desk.make("deploy", "HOST=machine")))
    assert not load.failed, f"{len(load.failed)} of {load.requests}: {load.failed[:5]}"
    assert not load.lost_state, load.lost_state
    assert machine.running(KEPT) == kept
    assert SECOND_GREETING in machine.page()
    assert len(machine.images_in_use()) == 1, "not all processes are of this release"
    return release


def fails_to_migrate(desk: Author) -> None:
    (desk.folder / "apps/documents/migrations/0002_fails.py").write_text(FAILING_MIGRATION)
    assert "Commit what git status shows" in desk.fails("deploy", "HOST=machine")
    desk.commit()
    assert "What ran before goes on" in desk.fails("deploy", "HOST=machine")


def fails_to_start(desk: Author) -> None:
    (desk.folder / "apps/documents/migrations/0002_fails.py").unlink()
    with (desk.folder / "config/gunicorn.py").open("a") as file:
        file.write(FAILING_SERVER)
    desk.replace("deploy/roll.sh", "+ 180)", "+ 15)")
    desk.commit()
    assert "The old web servers go on serving" in desk.fails("deploy", "HOST=machine")


def another_domain_is_refused(desk: Author) -> None:
    said = desk.fails("deploy", "HOST=machine", "DOMAIN=other.example")
    assert "another DOMAIN=localhost" in said
    assert "Nothing was changed there" in said


def what_is_not_healthy_is_said(desk: Author, machine: Machine) -> None:
    """A worker that ends and starts again and again, of which Docker never says that it is unhealthy."""
    desk.replace("config/gunicorn.py", FAILING_SERVER, "")
    desk.replace("deploy/roll.sh", "+ 15)", "+ 180)")
    desk.replace("deploy/deploy.sh", "timeout 180", "timeout 30")
    desk.replace("apps/core/tasks.py", TASKS, FAILING_TASKS)
    desk.commit()
    assert "Not all is healthy there" in desk.fails("deploy", "HOST=machine")
    assert SECOND_GREETING in machine.page()


def servers_that_were_stopped_are_started(desk: Author, machine: Machine) -> None:
    machine.compose("stop", "web")
    desk.replace("deploy/deploy.sh", "timeout 30", "timeout 180")
    desk.replace("apps/core/tasks.py", FAILING_TASKS, TASKS)
    desk.commit()
    desk.make("deploy", "HOST=machine")
    assert SECOND_GREETING in machine.page()
