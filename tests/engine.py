"""A Docker engine for the compose stage: the one that answers already, or else one of our own.

Ours comes from Debian's packages, which are unpacked and not installed, and has data and a socket of its own.
It reaches no image registry, so it carries stand-ins (tests/standins.py), which stay between runs. All
checkouts on a machine share it: each user holds a shared lock, and the last one ends it. `python -m
tests.engine` keeps it running for work by hand; with `install` it only fetches what is missing.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.commands import attempt, run
from tests.services import wait_until

PLACE = Path("/var/cache/djust-template")  # not in the checkout: CI's is new each time
STATE = Path("/run/djust-template")
SOCKET = STATE / "docker.sock"
PACKAGES = PLACE / "packages"
CLIENT = PLACE / "client"
LABEL = "djust-template=stand-ins"
# The lock of whoever has containers and their networks come and go, and of whoever browses: Chromium drops
# what it loads then (ERR_NETWORK_CHANGED).
NETWORK = "network"
LABEL_OF_STACKS = "com.docker.compose.project"
# Debian 12's own engine is 20.10, and `start_interval` of a health check needs 25. These need no newer libc.
SUITE = "trixie"
UNPACKED = ["docker.io", "docker-cli", "docker-compose", "docker-buildx", "containerd", "tini"]
INSTALLED = {"runc": "runc", "iptables": "iptables", "mmdebstrap": "mmdebstrap"}  # command: package
OLDEST = 25


class MissingError(Exception):
    """What an engine needs and this machine hasn't, worded for the person who runs the tests."""


class Engine(NamedTuple):
    """What a command needs in its environment to reach the engine, and whether the engine is ours."""

    environment: dict[str, str]
    ours: bool

    def docker(self, *words: str | Path, **options) -> str:
        """Return what `docker` printed. Raises AssertionError where it fails."""
        return run("docker", *words, env=self.environment | options.pop("env", {}), **options)


def our_environment() -> dict[str, str]:
    commands = os.pathsep.join(str(PACKAGES / folder) for folder in ("usr/bin", "usr/sbin"))
    return {
        **os.environ,
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "DOCKER_HOST": f"unix://{SOCKET}",
        "DOCKER_CONFIG": str(CLIENT),
    }


def reached(environment: Mapping[str, str]) -> Engine | None:
    """Return the engine that answers, if one does. Raises MissingError where it can't do what we need."""
    if not shutil.which("docker", path=environment["PATH"]):
        return None
    answer = attempt("docker", "info", "--format", "{{json .}}", env=environment)
    about = {} if answer.returncode else json.loads(answer.stdout.splitlines()[-1])
    if not about.get("ServerVersion"):  # some clients end with 0 all the same
        return None
    if int(about["ServerVersion"].partition(".")[0]) < OLDEST:
        raise MissingError(
            f"The Docker engine that answers is {about['ServerVersion']}, and {OLDEST} is needed. "
            "Where it is stopped, the tests start one of their own."
        )
    for plugin in ("compose", "buildx"):
        if attempt("docker", plugin, "version", env=environment).returncode:
            raise MissingError(f"`docker {plugin}` is missing beside the Docker engine that answers.")
    return Engine(dict(environment), LABEL in (about["Labels"] or []))


def install() -> None:
    """Make our engine's commands available. Raises MissingError where that can't be."""
    if sys.platform != "linux" or os.geteuid():
        raise MissingError(
            "No Docker engine answers, and only root on Linux can start one: start Docker, or be root."
        )
    if "overlay" not in Path("/proc/filesystems").read_text():
        attempt("modprobe", "overlay")
    if "overlay" not in Path("/proc/filesystems").read_text():
        raise MissingError("No Docker engine answers, and this kernel has no overlay file system for ours.")
    if not shutil.which("apt-get"):
        raise MissingError("No Docker engine answers, and ours comes from Debian's packages: start Docker.")
    missing = [package for command, package in INSTALLED.items() if not shutil.which(command)]
    if missing:
        print("Installing", *missing, "...", flush=True)
        apt_get("update")
        apt_get("install", "--yes", "--no-install-recommends", *missing)
    if not PACKAGES.exists():
        print("Unpacking a Docker engine ...", flush=True)
        unpack()


def apt_get(*words: str | Path, **options) -> None:
    """Run apt-get. Raises MissingError with what it said."""
    done = attempt(
        "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=5",
        "-o", "APT::Sandbox::User=root", *words,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, **options,
    )  # fmt: skip
    if done.returncode:
        raise MissingError(f"apt-get {' '.join(map(str, words))} failed:\n{done.stdout}")


def mirror(label: str = "Debian") -> str:
    """Return where this machine gets Debian's packages: `Debian`, or `Debian-Security`."""
    known = run(
        "apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", f"Label: {label}"
    ).split()  # fmt: skip
    if not known:
        raise MissingError(
            f"apt knows no repository of {label} to get an engine from: start Docker yourself."
        )
    return known[0]


def unpack() -> None:
    """Fetch the packages of SUITE with lists of their own, so that apt's settings stay as they are."""
    folder = PLACE / "unfinished"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "lists").mkdir(parents=True)
    (folder / "sources.list").write_text(
        f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {mirror()} {SUITE} main\n"
    )
    own = [f"Dir::Etc::SourceList={folder / 'sources.list'}", "Dir::Etc::SourceParts=/dev/null"]
    own += [f"Dir::State::Lists={folder / 'lists'}", f"Dir::Cache={folder}"]
    options = [word for setting in own for word in ("-o", setting)]
    apt_get(*options, "update")
    apt_get(*options, "download", *(f"{package}/{SUITE}" for package in UNPACKED), cwd=folder)
    for package in folder.glob("*.deb"):
        run("dpkg", "-x", package, folder / "packages")
    CLIENT.mkdir(exist_ok=True)
    plugins = str(PACKAGES / "usr/libexec/docker/cli-plugins")
    (CLIENT / "config.json").write_text(json.dumps({"cliPluginsExtraDirs": [plugins]}))
    (folder / "packages").rename(PACKAGES)
    shutil.rmtree(folder)


def start() -> None:
    """Start our engine, which outlives this process. Raises MissingError with what it said where it can't."""
    STATE.mkdir(exist_ok=True)
    log = PLACE / "dockerd.log"
    with log.open("wb") as output:
        options = [
            "--host", f"unix://{SOCKET}", "--pidfile", STATE / "docker.pid", "--exec-root", STATE / "exec",
            "--data-root", PLACE / "data", "--label", LABEL, "--ip", "127.0.0.1",
        ]  # fmt: skip
        command = ["setsid", "--fork", "dockerd", *options]
        subprocess.run(command, stdout=output, stderr=output, env=our_environment(), check=True)
    with contextlib.suppress(TimeoutError):
        wait_until(
            lambda: reached(our_environment()) or "failed to start" in log.read_text(), "dockerd to start"
        )
    if not reached(our_environment()):
        raise MissingError(f"dockerd doesn't start here: {log} ends with\n{log.read_text()[-2000:]}")
    clear_away()


def clear_away() -> None:
    """Remove what a run of the tests has left that was ended by force."""
    engine = Engine(our_environment(), ours=True)
    left = ("--filter", f"label={LABEL_OF_STACKS}", "--quiet")
    for kind, remove in (
        ("container ls --all", "container rm --force"),
        ("volume ls", "volume rm"),
        ("network ls", "network rm"),
    ):
        if found := engine.docker(*kind.split(), *left).split():
            engine.docker(*remove.split(), *found)


def stop() -> None:
    """End our engine and what runs in it, which may take its grace periods."""
    pid = int((STATE / "docker.pid").read_text())
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), "dockerd to end", timeout=180)


@contextlib.contextmanager
def locked(name: str, how: int) -> Iterator[int]:
    PLACE.mkdir(parents=True, exist_ok=True)
    with (PLACE / f"{name}.lock").open("w") as file:
        fcntl.flock(file, how)
        yield file.fileno()


@contextlib.contextmanager
def running() -> Iterator[Engine]:
    """Give an engine. Ours is started by the first of its users and ended by the last, whichever process."""
    if found := reached(os.environ):
        yield found
        return
    with locked("install", fcntl.LOCK_EX):
        install()
    with locked("users", fcntl.LOCK_SH) as users:
        with locked("start", fcntl.LOCK_EX):
            if not reached(our_environment()):
                start()
        try:
            yield Engine(our_environment(), ours=True)
        finally:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                stop()


def main(only_install: bool) -> None:
    if only_install:
        if not reached(os.environ):
            with locked("install", fcntl.LOCK_EX):
                install()
        return
    with running() as engine:
        for name in ("DOCKER_HOST", "DOCKER_CONFIG", "PATH"):
            if name in engine.environment:
                print(f"export {name}={engine.environment[name]}")
        print("# Runs until Ctrl-C", flush=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    try:
        main(only_install=sys.argv[1:] == ["install"])
    except MissingError as missing:
        sys.exit(str(missing))
    except KeyboardInterrupt:
        pass
