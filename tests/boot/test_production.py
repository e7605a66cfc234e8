"""Every distinct application in production settings, through its own proxy where it has one.

Each takes the basic steps of the visit. The applications that have each two answers together take all of
them, which lose every server in turn.
"""

import pytest

from tests import matrix, rendering
from tests.site import Site
from tests.visit import BASICS, STEPS, Visit, take


@pytest.mark.parametrize("name", rendering.applications())
def test_a_visit(name, services, tmp_path):
    combination = next(found for found in matrix.combinations() if matrix.label(found) == name)
    thorough = name in rendering.covering()
    site = Site(rendering.applications()[name], services, tmp_path, combination)
    with Visit(site, webs=2 if thorough else 1) as visit:
        problems = take(visit, STEPS if thorough else BASICS)
    assert not problems, "\n".join(f"{step}: {problem}" for step, problem in problems.items())
