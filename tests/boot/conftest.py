import pytest

from tests import site


@pytest.fixture(scope="session")
def services():
    with site.services() as running:
        yield running
