"""A checkout of a project in git, from which somebody releases it."""

import subprocess
from pathlib import Path

from tests.commands import attempt, run


class Desk:
    def __init__(self, folder: Path, environment: dict[str, str]):
        self.folder, self.environment = folder, environment
        self.git("init", "--quiet")
        self.commit()

    def git(self, *words: str) -> str:
        identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        return run("git", *identity, *words, cwd=self.folder).strip()

    def commit(self) -> str:
        """Commit what has changed, and return what its release is called."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "A change")
        return self.git("rev-parse", "--short=12", "HEAD")

    def attempt(self, *words: str, **environment: str) -> subprocess.CompletedProcess:
        """Run a command where its user would."""
        return attempt(*words, cwd=self.folder, env=self.environment | environment)

    def make(self, *words: str) -> str:
        done = self.attempt("make", "--no-print-directory", *words)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def fails(self, *words: str, **environment: str) -> str:
        """Return what make printed as it failed."""
        done = self.attempt("make", "--no-print-directory", *words, **environment)
        assert done.returncode, f"make {' '.join(words)} went well:\n{done.stdout}"
        return done.stdout
