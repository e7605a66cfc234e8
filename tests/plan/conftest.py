import pytest

from tests.plan import schemas
from tests.plan.provider import serving


@pytest.fixture(scope="session")
def providers():
    """Serve the schemas in each test process, and give the environment that sends Terraform to them."""
    with serving(schemas.by_address()) as environment:
        yield environment
