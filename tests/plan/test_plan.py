"""Every distinct stack on AWS, from the format of its files to what it consists of once it is applied."""

import re

import pytest

from tests import rendering
from tests.plan import roots, schemas
from tests.plan.invariants import broken
from tests.plan.refresh import used_by_all

DISTINCT = {str(root): root for root in roots.distinct()}


def test_schemas_hold_what_the_hcl_uses_and_no_more():
    kept = {
        (kind, name)
        for known in schemas.by_address().values()
        for kind in schemas.KINDS.values()
        for name in known[kind]
    }
    used = used_by_all()
    assert kept == used, f"python -m tests.plan.refresh: {kept ^ used}"


@pytest.mark.parametrize("name", rendering.infrastructures())
def test_files_are_formatted(name, providers, tmp_path):
    tree = roots.tree_of(rendering.projects()[name], tmp_path / "tree", providers)
    tree.run(".", "fmt", "-check", "-diff", "-recursive")


@pytest.mark.parametrize("name", rendering.infrastructures())
def test_the_oldest_provider_that_is_allowed_is_the_one_of_the_schemas(name):
    versions = {known: file["provider_version"] for known, file in schemas.read().items()}
    text = "".join(file.read_text() for file in rendering.projects()[name].rglob("versions.tf"))
    found = re.findall(r'source\s+= "hashicorp/(\w+)"\s+version\s+= "(?:>=|~>) ([\d.]+)"', text)
    assert {provider for provider, _ in found} <= set(versions)
    for provider, oldest in found:
        assert f"{versions[provider]}.".startswith(f"{oldest}."), f"{provider} {oldest} is not tested"


@pytest.mark.parametrize("name", DISTINCT)
def test_a_root(name, providers, tmp_path):
    root = DISTINCT[name]
    project = rendering.projects()[root.project]
    tree = roots.tree_of(project, tmp_path / "tree", providers)
    stack = roots.applied(tree, root, project)
    tree.run(root.name, "validate", "-no-color")
    problems = broken(stack)
    assert not problems, "\n".join(f"{name}: {text}" for name, texts in problems.items() for text in texts)


def test_what_an_account_has_already_is_left_alone(providers, tmp_path):
    root = next(root for root in DISTINCT.values() if root.name == roots.BOOTSTRAP)
    project = rendering.projects()[root.project]
    tree = roots.tree_of(project, tmp_path / "tree", providers)
    (tree.folder / root.name / "terraform.tfvars").write_text("create_account_wide = false\n")
    stack = roots.applied(tree, root, project)
    assert not stack.of("aws_iam_openid_connect_provider", "aws_iam_service_linked_role")
    assert not broken(stack)
