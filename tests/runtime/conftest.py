from pathlib import Path

import pytest

from tests import matrix, rendering
from tests.site import Site, services

PROBE = Path(__file__).parent / "probe"
DEFAULT = matrix.resolve({name: choices[0] for name, choices in matrix.QUESTIONS.items()})


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    with services() as running:
        project = rendering.project_of(DEFAULT)
        site = Site(project, running, tmp_path_factory.mktemp("runtime"), DEFAULT)
        site.env |= {"WEB_CONCURRENCY": "1", "ASGI_SERVE_STATIC": "true"}
        yield site.prepare()


@pytest.fixture
def web(site):
    with site.gunicorn() as server:
        yield server


@pytest.fixture
def probe_web(site):
    """The server with the views of probe/ beside the project's."""
    with site.gunicorn(PYTHONPATH=str(PROBE), DJANGO_SETTINGS_MODULE="probe_settings") as server:
        yield server
