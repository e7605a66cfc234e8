"""Every distinct application in production settings, through its own proxy where it has one."""

import pytest

from tests import matrix, rendering
from tests.site import Site
from tests.visit import Visit, take


@pytest.mark.parametrize("name", rendering.applications())
def test_a_visit(name, services, tmp_path):
    combination = next(found for found in matrix.combinations() if matrix.label(found) == name)
    with Visit(Site(rendering.applications()[name], services, tmp_path, combination)) as visit:
        problems = take(visit)
    assert not problems
