"""The rendered nginx configurations, as nginx itself and its security linter see them."""

import sys
from pathlib import Path

import pytest

from tests import rendering
from tests.commands import run
from tests.matrix import DEFINITION
from tests.services import Nginx, nginx, self_signed

TEMPLATE = "deploy/nginx/templates/default.conf.template"
DISTINCT = {
    (project / TEMPLATE).read_bytes(): name
    for name, project in rendering.projects().items()
    if (project / TEMPLATE).exists()
}


@pytest.fixture(params=DISTINCT.values())
def config(request, tmp_path) -> Path:
    certificate, key = self_signed(tmp_path, DEFINITION["domain_name"])
    variables = {
        "HTTP_PORT": 8080,
        "HTTPS_PORT": 8443,
        "WEB_ADDRESS": "127.0.0.1:8000",
        "TLS_CERTIFICATE": certificate,
        "TLS_CERTIFICATE_KEY": key,
        "STATIC_ROOT": tmp_path,
    }
    template = rendering.projects()[request.param] / TEMPLATE
    return Nginx(tmp_path, template, variables, port=8443).config


def test_nginx_accepts_it(config):
    assert "warn" not in run(nginx(), "-t", "-p", config.parent, "-c", config)


def test_gixy_finds_nothing(config):
    # Strict-Transport-Security comes from Django, once and for every answer that needs it.
    run(Path(sys.executable).parent / "gixy", "-l", "--skips", "hsts_header", config)
