from contextlib import ExitStack
from fcntl import LOCK_SH

import pytest

from tests.engine import NETWORK, running
from tests.rendering import locked
from tests.standins import build


@pytest.fixture(scope="session")
def engine():
    with ExitStack() as ending:
        with locked(NETWORK, LOCK_SH):
            found = ending.enter_context(running())
        yield found


@pytest.fixture(scope="session")
def standins(engine):
    """Have the images that projects name: as stand-ins in our engine, while another fetches the real ones."""
    if engine.ours:
        with locked(NETWORK, LOCK_SH):
            build(engine)


@pytest.fixture(autouse=True)
def network():
    with locked(NETWORK, LOCK_SH):
        yield
