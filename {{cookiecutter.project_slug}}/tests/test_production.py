import os
import subprocess
import sys

import pytest

from config import env
from tests.test_env import COMPLETE


@pytest.mark.parametrize("proxy", env.PROXIES)
def test_production_settings_pass_the_deployment_check(proxy):
    values = COMPLETE | {"SECRET_KEY": "".join(map(chr, range(64, 120))), "TRUSTED_PROXY": proxy}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=os.environ | values | {"DJANGO_SETTINGS_MODULE": "config.settings.prod"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "(0 silenced)" in done.stdout + done.stderr


def test_only_a_proxy_makes_headers_believed():
    for name, proxy in env.PROXIES.items():
        assert (proxy.ssl_header is None) == (proxy.hops == 0) == (name == "none")
