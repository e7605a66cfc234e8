"""What container files say, without an engine."""

import sys
from pathlib import Path

from tests import rendering, standins
from tests.commands import run


def distinct(name):
    """Return one of each distinct file of this name."""
    found = {}
    for project in rendering.projects().values():
        for file in sorted(project.rglob(name)):
            found.setdefault(file.read_bytes(), file)
    return list(found.values())


def test_hadolint_finds_nothing():
    dockerfiles = distinct("Dockerfile")
    assert dockerfiles
    run(Path(sys.executable).with_name("hadolint"), "--no-color", *dockerfiles)


def test_no_dockerfile_fetches_its_own_syntax():
    """A fetched frontend is one more thing to trust, and an engine without a registry has none."""
    assert not [file for file in distinct("Dockerfile") if file.read_text().lower().startswith("# syntax")]


def test_every_image_that_a_project_fetches_has_a_stand_in():
    unknown = {image for project in rendering.projects().values() for image in standins.named(project)}
    assert unknown <= set(standins.TARGETS), sorted(unknown - set(standins.TARGETS))
