"""Checkov, in an environment of its own: it wants other versions of what the tests use."""

import json
import subprocess
import venv
from pathlib import Path

from tests.commands import attempt
from tests.rendering import BUILD, locked

PACKAGE = "checkov==3.3.30"
FOLDER = BUILD / "checkov"


def program() -> Path:
    """Return checkov itself, after installing it where it is missing."""
    stamp = FOLDER / "package"
    with locked("checkov"):
        if not stamp.exists() or stamp.read_text() != PACKAGE:
            venv.create(FOLDER, with_pip=True, clear=True)
            pip = [FOLDER / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, PACKAGE], check=True)
            stamp.write_text(PACKAGE)
    return FOLDER / "bin/checkov"


def check(tree: Path) -> tuple[int, list[str]]:
    """Return how many checks passed, and what failed. The folder's .checkov.yaml has it ask no server."""
    done = attempt(program(), "--directory", tree, "--output", "json", "--soft-fail")
    result = json.loads(done.stdout[done.stdout.index("{") :])
    failed = result["results"]["failed_checks"]
    return result["summary"]["passed"], [
        f"{one['check_id']} {one['resource']} ({one['file_path']})" for one in failed
    ]
