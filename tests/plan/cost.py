"""`python -m tests.plan.cost` computes docs/cost.md anew, from plans for each tier's own answers."""

import json
import runpy
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests import rendering
from tests.matrix import ROOT
from tests.plan import roots, schemas
from tests.plan.provider import serving

PAGE = ROOT / "docs/cost.md"


class Script(NamedTuple):
    """The functions of the project's deploy/aws/cost.py."""

    bill: Callable[[dict], Counter]
    total: Callable[[Counter], float]
    page: Callable[[dict[str, Counter]], str]


def script() -> Script:
    known = runpy.run_path(str(rendering.project_of(roots.TIERS["pilot"].answers) / "deploy/aws/cost.py"))
    return Script(*(known[name] for name in Script._fields))


def bills(providers: dict[str, str], folder: Path) -> dict[str, Counter]:
    """Return how much a new environment of each tier has of what is paid for."""
    found = {}
    for tier, root in roots.TIERS.items():
        tree = roots.tree_of(rendering.project_of(root.answers), folder / tier, providers)
        tree.init(root.name)
        tree.plan(root.name)
        found[tier] = script().bill(json.loads(tree.run(root.name, "show", "-json", "plan")))
    return found


if __name__ == "__main__":
    with serving(schemas.by_address()) as providers, TemporaryDirectory() as folder:
        PAGE.write_text(script().page(bills(providers, Path(folder))))
