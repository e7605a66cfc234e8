"""The roots to plan: of each project with its own Terraform, those that no other project has alike."""

import json
import shutil
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests import rendering
from tests.matrix import FIRST, QUESTIONS, Answers, combinations, every_combination, label, resolve
from tests.plan.invariants import REPOSITORY
from tests.plan.stack import Stack
from tests.plan.terraform import Tree

BOOTSTRAP, STAGING, PRODUCTION = ROOTS = ("bootstrap", "environments/staging", "environments/production")
MISTAKEN = Path(__file__).parent / "mistakes"  # HCL that is right until test_mistakes.py breaks it
GITHUB = {"github_subject": REPOSITORY}


class Root(NamedTuple):
    """A root of the project with this label."""

    project: str
    name: str

    @property
    def answers(self) -> Answers:
        return next(answers for answers in every_combination() if label(answers) == self.project)

    def __str__(self) -> str:
        return f"{self.project}:{self.name}"


# The production of each tier's own answers, and those of them that ONLY selects.
TIERS = {
    tier: Root(label(resolve(FIRST | {"cloud": "aws", "tier": tier})), PRODUCTION)
    for tier in QUESTIONS["tier"]
}
SELECTED = [tier for tier, root in TIERS.items() if root.answers in combinations()]


@cache
def distinct() -> list[Root]:
    """Return each production, and of the other roots each that has files or sizes of its own.

    Staging calls the same modules as the production beside it, with other values.
    """
    found: dict[str, Root] = {}
    for project, folder in rendering.infrastructures().items():
        tree = folder / rendering.TERRAFORM
        sizes = {"sizes.tfvars": (tree / "sizes.tfvars").read_bytes()}
        for name in ROOTS:
            own = name + rendering.digest(rendering.files(tree / name) | sizes)
            found.setdefault(project if name == PRODUCTION else own, Root(project, name))
    return list(found.values())


def tree_of(project: Path, folder: Path, providers: dict[str, str]) -> Tree:
    """Return a copy of a project's Terraform, with what its roots have to be told."""
    tree = Tree(project / rendering.TERRAFORM, folder, providers)
    (folder / BOOTSTRAP / "test.auto.tfvars.json").write_text(json.dumps(GITHUB))
    for root in (STAGING, PRODUCTION):
        shutil.copy(folder / "sizes.tfvars", folder / root / "sizes.auto.tfvars")
    return tree


def applied(tree: Tree, root: Root, project: Path) -> Stack:
    """Initialise, plan and apply a root."""
    tree.init(root.name)
    tree.plan(root.name)
    return Stack(tree.apply(root.name), tree.folder, root.name, project, root.answers)
