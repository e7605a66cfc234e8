"""Every line of the invariants' tables can fail: it is broken in the state of an applied stack, and found."""

import pytest

from tests import rendering
from tests.plan import invariants, roots
from tests.plan.invariants import wrong


@pytest.fixture(scope="module")
def stacks(providers, tmp_path_factory):
    """The default production of each tier."""
    found = []
    for tier, root in roots.TIERS.items():
        project = rendering.project_of(root.answers)
        tree = roots.tree_of(project, tmp_path_factory.mktemp(tier) / "tree", providers)
        found.append(roots.applied(tree, root, project))
    return found


def put(values: dict, path: str, value: object) -> object:
    """Put a value where a path leads to, and return what was there."""
    *way, name = path.split(".")
    for step in way:
        values = values[int(step)] if step.isdigit() else values[step]
    before, values[name] = values[name], value
    return before


def test_what_resources_have_to_be(stacks):
    entries = [
        ("data_is_encrypted", type_name, path)
        for type_name, wanted in invariants.ENCRYPTED.items()
        for path in wanted
    ]
    entries += [("tasks_and_data_are_private", *found) for found in invariants.PRIVATE.items()]
    for invariant, type_name, path in entries:
        resources = [(stack, found) for stack in stacks for found in stack.of(type_name)]
        assert resources, type_name
        for stack, found in resources:
            public = min(stack.public_subnets)
            bad = "" if invariant == "data_is_encrypted" else public if path == "subnet_id" else [public]
            before = put(found.values, path, bad)
            assert any(found.address in text for text in wrong(invariant, stack)), (type_name, path)
            put(found.values, path, before)
            assert not wrong(invariant, stack)


def test_each_alarm(stacks):
    """Take each away: the metrics that have to be watched are missed, and no others."""
    missed = set()
    for stack in stacks:
        everything = stack.resources
        for alarm in stack.of("aws_cloudwatch_metric_alarm"):
            stack.resources = [
                found
                for found in everything
                if (found.type, found.values.get("metric_name")) != (alarm.type, alarm["metric_name"])
            ]
            missed |= {(stack.answers["tier"], text) for text in wrong("somebody_is_told", stack)}
        stack.resources = everything
    wanted = {
        (stack.answers["tier"], f"no alarm for {metric}")
        for stack in stacks
        for answers, metrics in invariants.WATCHED
        for _, metric in metrics
        if all(stack.answers[name] in values for name, values in answers.items())
    }
    assert missed == wanted
