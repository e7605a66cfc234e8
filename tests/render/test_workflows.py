"""Workflows of GitHub are valid, and don't hand out more than they have to."""

import sys
from pathlib import Path

import pytest

from tests import rendering
from tests.commands import attempt
from tests.matrix import FIRST, ROOT, resolve

CONFIG = Path(__file__).with_name("zizmor.yml")


def looked_at(*workflows: Path):
    zizmor = Path(sys.executable).with_name("zizmor")
    return attempt(zizmor, "--offline", "--no-progress", "--config", CONFIG, *workflows)


def test_nothing_is_found():
    found = {}
    for project in (ROOT, *rendering.projects().values()):
        for file in (project / ".github/workflows").iterdir():
            found.setdefault(file.read_bytes(), file)
    done = looked_at(*found.values())
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("text", "instead", "rule"),
    [
        ("persist-credentials: false", "fetch-depth: 1", "artipacked"),
        ("run: make test", "run: make test ${{ github.head_ref }}", "template-injection"),
        ("steps:", "stepps:", "failed to validate"),
    ],
)
def test_a_mistake_is_found(text, instead, rule, tmp_path):
    before = (rendering.project_of(resolve(FIRST)) / ".github/workflows/ci.yml").read_text()
    assert text in before
    workflow = tmp_path / "ci.yml"
    workflow.write_text(before.replace(text, instead))
    done = looked_at(workflow)
    assert done.returncode != 0
    assert rule in done.stdout
