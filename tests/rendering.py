"""Render the template, once per combination, and keep the results for all stages.

Results lie in build/rendered/, in a folder named after the template's own content: a change of the template
makes a new one.
"""

import contextlib
import fcntl
import hashlib
import io
import multiprocessing
import os
import runpy
import shutil
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType
from typing import ClassVar, NamedTuple

from cookiecutter import hooks, utils
from cookiecutter.environment import StrictEnvironment
from cookiecutter.exceptions import FailedHookException
from cookiecutter.main import cookiecutter

from tests import matrix
from tests.matrix import ROOT, Answers, ask_for, combinations, label

BUILD = ROOT / "build"
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
TERRAFORM = "deploy/terraform/aws"
# What a person, Compose or the CI service reads, and no server.
NOT_THE_APPLICATION = {".md", ".yaml", ".yml"}


class Rendered(NamedTuple):
    """What one render came to: the project's folder, or None where the answers were refused."""

    project: Path | None
    output: str


class Compiling(StrictEnvironment):
    """Jinja as cookiecutter has it, but that it compiles each text once in a process."""

    compiled: ClassVar[dict[tuple, CodeType]] = {}

    def compile(self, *text: str | None) -> CodeType:
        if text not in self.compiled:
            self.compiled[text] = super().compile(*text)
        return self.compiled[text]


def run_hook_here(script: str, cwd: Path | str = ".") -> None:
    """Run a hook in this process: starting an interpreter takes longer than the whole render."""
    with contextlib.chdir(cwd):
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit as end:
            if end.code:
                raise FailedHookException(end.code) from end
        finally:
            Path(script).unlink()  # a copy with the answers filled in, which cookiecutter leaves in /tmp


def render(answers: Answers, folder: Path, template: Path = ROOT) -> Rendered:
    """Render into `folder` and return the result; hooks' output is captured, and so is a refusal."""
    folder.mkdir(parents=True, exist_ok=True)
    output = io.StringIO()
    hooks.run_script, utils.StrictEnvironment = run_hook_here, Compiling
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            project = cookiecutter(
                str(template), no_input=True, extra_context=answers, output_dir=str(folder)
            )
        except FailedHookException:
            return Rendered(None, output.getvalue())
    return Rendered(Path(project), output.getvalue())


def in_parallel(function: Callable, arguments: Iterable[tuple]) -> list:
    """Call the function with each tuple of arguments, on all processors, and keep their order."""
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        return pool.starmap(function, arguments, chunksize=8)


@contextlib.contextmanager
def locked(name: str, how: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Hold a lock among the processes of a test run: alone, or with others (fcntl.LOCK_SH)."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / f"{name}.lock").open("w") as file:
        fcntl.flock(file, how)
        yield


def render_into_place(answers: Answers, place: Path) -> None:
    unfinished = place.with_name(place.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    result = render(answers, unfinished)
    assert result.project, result.output
    unfinished.rename(place)


@cache
def rendered_folder() -> Path:
    """Return the folder for this state of the template, with those of other states removed."""
    source = hashlib.sha256(digest(template_files()).encode())
    for path in (ROOT / "cookiecutter.json", *sorted((ROOT / "hooks").glob("*.py"))):
        source.update(path.read_bytes())
    folder = BUILD / "rendered" / source.hexdigest()[:16]
    with locked("rendered"):
        for other in folder.parent.glob("*"):
            if other != folder:
                shutil.rmtree(other)
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def render_all(wanted: list[Answers]) -> dict[str, Path]:
    """Return the project of each combination, by label, after rendering those that are missing."""
    places = {label(combination): rendered_folder() / label(combination) for combination in wanted}
    with locked("rendered"):
        missing = [
            (ask_for(combination), place)
            for combination, place in zip(wanted, places.values(), strict=True)
            if not place.exists()
        ]
        if missing:
            in_parallel(render_into_place, missing)
    return {name: next(place.iterdir()) for name, place in places.items()}


@cache
def projects() -> dict[str, Path]:
    """Return the rendered project of each combination that ONLY selects, by the combination's label."""
    return render_all(combinations())


def project_of(combination: Answers) -> Path:
    return render_all([combination])[label(combination)]


def files(project: Path) -> dict[str, bytes]:
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in sorted(project.rglob("*"))
        if path.is_file()
    }


def template_files() -> dict[str, bytes]:
    return {name: content for name, content in files(TEMPLATE).items() if "__pycache__" not in name}


def digest(contents: dict[str, bytes]) -> str:
    """Return a hash of names and contents: equal for identical trees."""
    total = hashlib.sha256()
    for name, content in sorted(contents.items()):
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


@cache
def trees() -> dict[str, str]:
    """Return the digest of each combination's project, by label."""
    return {name: digest(files(project)) for name, project in projects().items()}


def one_for_each(*names: str) -> list[str]:
    """Return one project's label for each distinct content of these files, where a project has them."""
    found: dict[str, str] = {}
    for combination, project in projects().items():
        contents = {name: (project / name).read_bytes() for name in names if (project / name).exists()}
        found.setdefault(digest(contents), combination)
    return list(found.values())


@cache
def applications() -> dict[str, Path]:
    """Return one project for each distinct application, by the label of the first combination that has it."""
    distinct: dict[str, str] = {}
    for name, project in projects().items():
        contents = files(project)
        server_side = {
            path: text for path, text in contents.items() if Path(path).suffix not in NOT_THE_APPLICATION
        }
        distinct.setdefault(digest(server_side), name)
    return {name: projects()[name] for name in distinct.values()}


@cache
def infrastructures() -> dict[str, Path]:
    """Return one project for each distinct Terraform and list of variables that tasks need, by label."""
    distinct: dict[str, str] = {}
    for name, project in projects().items():
        if (project / TERRAFORM).exists():
            contents = files(project / TERRAFORM) | {".env.example": (project / ".env.example").read_bytes()}
            distinct.setdefault(digest(contents), name)
    return {name: projects()[name] for name in distinct.values()}


@cache
def covering() -> dict[str, Path]:
    """Return the applications among which are each two answers that go together, by label."""
    known = {label(combination): combination for combination in combinations()}
    chosen = matrix.covering([known[name] for name in applications()])
    return {label(combination): applications()[label(combination)] for combination in chosen}


@cache
def stacks() -> dict[str, Path]:
    """Return projects that have each two answers together, but for answers that only the code knows."""
    known = [
        answers for answers in combinations() if answers["live_database"] == matrix.FIRST["live_database"]
    ]
    return {label(combination): projects()[label(combination)] for combination in matrix.covering(known)}


@cache
def drilled_stacks() -> set[str]:
    """Return the first stack of each tier."""
    tiers = {
        combination["tier"]: label(combination)
        for combination in reversed(combinations())
        if label(combination) in stacks()
    }
    return set(tiers.values())
