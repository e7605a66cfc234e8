from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.runtime.project import Site

PROBE = Path(__file__).parent / "probe"


@pytest.fixture(scope="session")
def site():
    # Not in pytest's own folder, which it closes to the user that PostgreSQL runs as.
    with TemporaryDirectory(prefix="runtime-") as folder:
        Path(folder).chmod(0o755)
        site = Site(Path(folder))
        try:
            yield site.start()
        finally:
            site.stop()


@pytest.fixture
def web(site):
    with site.gunicorn() as server:
        yield server


@pytest.fixture
def probe_web(site):
    """The server with the views of probe/ beside the project's."""
    with site.gunicorn(PYTHONPATH=str(PROBE), DJANGO_SETTINGS_MODULE="probe_settings") as server:
        yield server
