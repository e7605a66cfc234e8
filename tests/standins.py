"""Build stand-ins for the images that rendered projects name, in the tests' own Docker engine.

tests/standins/ says what they are. They carry what the machine knows about getting packages: certificates,
and settings of apt and pip, which are read from it and written nowhere else. `python -m tests.standins`
builds them in the engine that DOCKER_HOST names.
"""

import ast
import fcntl
import hashlib
import json
import os
import re
import sys
import tempfile
from pathlib import Path

import yaml

from tests import engine as engines
from tests.commands import run
from tests.engine import Engine

SOURCES = Path(__file__).parent / "standins"
BASE = "debian:trixie-slim"
TARGETS = {  # image: target in the Dockerfile
    "python:3.13-slim-trixie": "python",
    "ghcr.io/astral-sh/uv:0.9": "uv",
    "postgres:17-alpine": "postgres",
    "valkey/valkey:8-alpine": "valkey",
    "nginx:1.30-alpine": "nginx",
    "edoburu/pgbouncer:v1.24.1-p1": "pgbouncer",
    "rabbitmq:4-management-alpine": "rabbitmq",
    "certbot/certbot:v5.1.0": "certbot",
    "opensearchproject/opensearch:3": "opensearch",
}
SMALL_AND_QUIET = """\
Acquire::Languages "none";
APT::Get::Assume-Yes "true";
APT::Keep-Downloaded-Packages "false";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
quiet "2";
"""
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def settings_of_apt() -> str:
    """Return how this machine reaches its repositories, and what makes an install small, quiet and quick."""
    known = run("apt-config", "dump", "--format", '%f "%v";%n', "Acquire").splitlines()
    kept = [line for line in known if "::IndexTargets::" not in line and '""' not in line]
    return "\n".join([*kept, SMALL_AND_QUIET])


def settings_of_pip() -> dict[str, str]:
    """Return pip's settings here that say where packages are, without folders of this machine."""
    known = {}
    for line in run(sys.executable, "-m", "pip", "config", "list").splitlines():
        name, _, value = line.partition("=")
        known[name.rpartition(".")[2]] = ast.literal_eval(value)
    kept = {name: known[name] for name in ("index-url", "default-timeout", "trusted-host") if name in known}
    extra = [url for url in known.get("extra-index-url", "").split() if not url.startswith("file:")]
    return kept | ({"extra-index-url": " ".join(extra)} if extra else {})


def settings_of_uv() -> str:
    pip = settings_of_pip()
    text = "native-tls = true\n"
    for url in pip.get("extra-index-url", "").split():
        text += f'[[index]]\nurl = "{url}"\n'
    if "index-url" in pip:
        text += f'[[index]]\nurl = "{pip["index-url"]}"\ndefault = true\n'
    return text


def settings(folder: Path) -> None:
    """Write the files of the base image that make it fetch packages as this machine does."""
    pip = {"cert": CERTIFICATES, "disable-pip-version-check": "true", **settings_of_pip()}
    texts = {
        "etc/apt/apt.conf.d/90machine": settings_of_apt(),
        "etc/pip.conf": "\n".join(["[global]", *(f"{name} = {value}" for name, value in pip.items()), ""]),
        "etc/uv/uv.toml": settings_of_uv(),
        "etc/dpkg/dpkg.cfg.d/small": "force-unsafe-io\n"
        "path-exclude=/usr/share/doc/*\npath-exclude=/usr/share/man/*\npath-exclude=/usr/share/locale/*\n",
        "usr/sbin/policy-rc.d": "#!/bin/sh\nexit 101\n",
        "usr/local/share/ca-certificates/machine.crt": CERTIFICATES.read_text(),
    }
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (folder / "usr/sbin/policy-rc.d").chmod(0o755)


def repositories() -> list[str]:
    main, security = engines.mirror(), engines.mirror("Debian-Security")
    return [
        f"deb {main} trixie main", f"deb {main} trixie-updates main", f"deb {security} trixie-security main"
    ]  # fmt: skip


def make_base(engine: Engine) -> None:
    """Make the Debian image that all others start from, unless it is there with this machine's settings."""
    with tempfile.TemporaryDirectory(dir=engines.PLACE) as name:
        folder = Path(name)
        folder.chmod(0o755)  # apt runs as a user of its own
        settings(folder / "files")
        command = [
            "mmdebstrap", "--quiet", "--variant=minbase", "--include=ca-certificates,netbase,tzdata",
            "--dpkgopt=files/etc/dpkg/dpkg.cfg.d/small", "--customize-hook=sync-in files /",
            "--customize-hook=chroot $1 update-ca-certificates", "--customize-hook=rm $1/var/cache/apt/*.bin",
            "trixie", "root.tar", *repositories(),
        ]  # fmt: skip
        recipe = hashlib.sha256(repr(command).encode())
        for file in sorted(folder.rglob("*")):
            recipe.update(file.read_bytes() if file.is_file() else b"")
        label = f"recipe={recipe.hexdigest()}"
        if engine.docker("image", "ls", "--quiet", "--filter", f"label={label}", BASE):
            return
        run(*command, cwd=folder, env={**os.environ, "TMPDIR": name})
        root = folder / "root.tar"
        engine.docker("import", "--change", f"LABEL {label}", "--change", 'CMD ["bash"]', root, BASE)


def build(engine: Engine) -> None:
    """Build what is missing or out of date; BuildKit's cache knows which."""
    with engines.locked("standins", fcntl.LOCK_EX):
        make_base(engine)
        engine.docker("buildx", "bake", "--progress=plain", "--file=-", input=definition())
        engine.docker("image", "prune", "--force")


def definition() -> str:
    """Return what `docker buildx bake` reads: all targets of one Dockerfile, built side by side."""
    sources = hashlib.sha256()
    for file in sorted(SOURCES.iterdir()):
        sources.update(file.read_bytes())
    targets = {
        target: {
            "context": str(SOURCES),
            "contexts": {"tests": str(SOURCES.parent)},
            "target": target,
            "tags": [image],
            "args": {"SOURCES": sources.hexdigest()},
        }
        for image, target in TARGETS.items()
    }
    return json.dumps({"target": targets, "group": {"default": {"targets": sorted(targets)}}})


def named(project: Path) -> set[str]:
    """Return the images that a project's files fetch, without those that it builds itself."""
    compose = yaml.safe_load((project / "compose.yaml").read_text())["services"].values()
    built = {service["image"] for service in compose if "build" in service and "image" in service}
    images = {service["image"] for service in compose if "image" in service} - built
    for file in project.rglob("Dockerfile"):
        text = file.read_text()
        stages = set(re.findall(r"^FROM .* AS (\S+)$", text, re.MULTILINE))
        images |= set(re.findall(r"(?:^FROM |--from=)(\S+)", text, re.MULTILINE)) - stages
    return images


if __name__ == "__main__":
    build(Engine(dict(os.environ), ours=True))
