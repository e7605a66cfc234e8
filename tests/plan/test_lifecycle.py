"""The default stack of each tier through its life, and the tests that the project gives its users."""

import json

import pytest

from tests import rendering
from tests.plan import roots


@pytest.mark.parametrize("tier", roots.SELECTED)
def test_what_was_applied_stays_and_can_be_destroyed(tier, providers, tmp_path, record_property):
    root = roots.TIERS[tier]
    project = rendering.projects()[root.project]
    tree = roots.tree_of(project, tmp_path / "tree", providers)
    stack = roots.applied(tree, root, project)
    record_property("measured", f"{root}: {len(stack.resources)} resources")

    def nothing_to_do() -> None:
        tree.run(root.name, "plan", "-no-color", "-detailed-exitcode")  # ends with 2 where something is

    nothing_to_do()
    scale_out(tree.folder / root.name / "terraform.tfstate")
    nothing_to_do()
    tree.run(root.name, "destroy", "-no-color", "-auto-approve")
    assert not json.loads((tree.folder / root.name / "terraform.tfstate").read_text())["resources"]


def scale_out(path) -> None:
    """Change what autoscaling changes, and deployments."""
    state = json.loads(path.read_text())
    services = [found for found in state["resources"] if found["type"] == "aws_ecs_service"]
    for instance in (instance for service in services for instance in service["instances"]):
        instance["attributes"]["desired_count"] += 3
    path.write_text(json.dumps(state | {"serial": state["serial"] + 1}))


@pytest.mark.parametrize("tier", roots.SELECTED)
def test_the_project_s_own_tests_pass(tier, providers, tmp_path):
    project = rendering.projects()[roots.TIERS[tier].project]
    tree = roots.tree_of(project, tmp_path / "tree", providers)
    folders = {file.parent.parent for file in tree.folder.rglob("*.tftest.hcl")}
    assert folders
    for folder in sorted(folders):
        where = str(folder.relative_to(tree.folder))
        tree.init(where)
        printed = tree.run(where, "test", "-no-color")
        assert "0 failed" in printed
        assert " 0 passed" not in printed
