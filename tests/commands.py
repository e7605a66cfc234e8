"""Run a command and say what it printed when it fails."""

import subprocess
from pathlib import Path


def run(*command: str | Path, **options) -> str:
    """Return what the command printed, errors included. Raises AssertionError where it didn't end with 0."""
    done = attempt(*command, **options)
    assert done.returncode == 0, (
        f"{' '.join(map(str, command))}\nended with {done.returncode}:\n{done.stdout}"
    )
    return done.stdout


def attempt(*command: str | Path, **options) -> subprocess.CompletedProcess:
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
