"""The one virtual environment in which all rendered applications run.

It holds what they declare, all combinations together, and nothing of the tests' own: a dependency that the
application forgot to declare is missing here too. `python -m tests.environment` makes it.
"""

import hashlib
import re
import subprocess
import sys
import tomllib
import venv
from functools import cache
from pathlib import Path

from tests.matrix import every_combination
from tests.rendering import BUILD, locked, render_all

FOLDER = BUILD / "venv"
PYTHON = FOLDER / "bin" / "python"


def declared(project: Path) -> set[str]:
    """Return the requirements that a project declares, those of its development group included."""
    pyproject = tomllib.loads((project / "pyproject.toml").read_text())
    return {*pyproject["project"]["dependencies"], *pyproject["dependency-groups"]["dev"]}


def distribution(requirement: str) -> str:
    """Return the normalised name in a requirement such as `Django-Storages[s3]~=1.14`."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


@cache
def python() -> Path:
    """Return the environment's Python, after installing what is missing."""
    everything = render_all(every_combination()).values()
    requirements = sorted(set().union(*map(declared, everything)))
    fingerprint = hashlib.sha256("\n".join([sys.version, *requirements]).encode()).hexdigest()
    stamp = FOLDER / "requirements.sha256"
    with locked("venv"):
        if not stamp.exists() or stamp.read_text() != fingerprint:
            venv.create(FOLDER, with_pip=True, clear=not PYTHON.exists())
            pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, *requirements], check=True)
            stamp.write_text(fingerprint)
    return PYTHON


if __name__ == "__main__":
    print(python())
