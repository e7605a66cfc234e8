"""Checkov finds nothing but what the project's own configuration skips, each with a reason."""

import re
import shutil

import pytest

from tests import rendering
from tests.plan import checkov, roots


@pytest.mark.parametrize("tier", roots.SELECTED)
def test_checkov_finds_nothing(tier):
    folder = rendering.projects()[roots.TIERS[tier].project] / rendering.TERRAFORM
    passed, failed = checkov.check(folder)
    assert not failed
    assert passed > 100


def test_what_is_not_skipped_is_found(tmp_path):
    folder = tmp_path / "tree"
    shutil.copytree(rendering.project_of(roots.TIERS["pilot"].answers) / rendering.TERRAFORM, folder)
    instance = folder / "modules/database/instance.tf"
    instance.write_text(re.sub(r"storage_encrypted +=.*", "storage_encrypted = false", instance.read_text()))
    _, failed = checkov.check(folder)
    assert "CKV_AWS_16" in str(failed)


def test_each_exception_has_its_reason():
    for project in rendering.infrastructures().values():
        text = (project / rendering.TERRAFORM / ".checkov.yaml").read_text()
        assert all(
            re.search(r"  # \S", line) for line in text.splitlines() if line.lstrip().startswith("- CKV")
        )
