"""The rendered nginx configurations, as nginx itself and its security linter see them."""

import sys
from pathlib import Path

import pytest

from tests import rendering
from tests.commands import run
from tests.services import nginx
from tests.site import Proxy

DISTINCT = {(project / Proxy.TEMPLATE).read_bytes(): project for project in rendering.projects().values()}


@pytest.fixture(params=DISTINCT.values(), ids=lambda project: project.name)
def config(request, tmp_path) -> Path:
    return Proxy(request.param, tmp_path, ["127.0.0.1:8000"]).config


def test_nginx_accepts_it(config):
    assert "warn" not in run(nginx(), "-t", "-p", config.parent, "-c", config)


def test_gixy_finds_nothing(config):
    # Strict-Transport-Security comes from Django, once and for every answer that needs it.
    run(Path(sys.executable).parent / "gixy", "-l", "--skips", "hsts_header", config)
