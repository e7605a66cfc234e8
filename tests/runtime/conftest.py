from pathlib import Path

import pytest

from tests import rendering
from tests.matrix import DEFAULT
from tests.site import Site

PROBE = Path(__file__).parent / "probe"


@pytest.fixture(scope="session")
def site(services, tmp_path_factory):
    site = Site(rendering.project_of(DEFAULT), services, tmp_path_factory.mktemp("runtime"), DEFAULT)
    site.env |= {"WEB_CONCURRENCY": "1", "ASGI_SERVE_STATIC": "true"}
    return site.prepare()


@pytest.fixture
def web(site):
    with site.gunicorn() as server:
        yield server


@pytest.fixture
def probe_web(site):
    """The server with the views of probe/ beside the project's."""
    with site.gunicorn(PYTHONPATH=str(PROBE), DJANGO_SETTINGS_MODULE="probe_settings") as server:
        yield server
