import pytest

from tests.engine import running
from tests.standins import build


@pytest.fixture(scope="session")
def engine():
    with running() as found:
        yield found


@pytest.fixture(scope="session")
def standins(engine):
    """Have the images that projects name: as stand-ins in our engine, while another fetches the real ones."""
    if engine.ours:
        build(engine)
