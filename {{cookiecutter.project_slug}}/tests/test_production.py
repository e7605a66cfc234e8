import os
import subprocess
import sys

import pytest

from config import cpus, env
from tests.test_env import COMPLETE


@pytest.mark.parametrize("proxy", ["none", env.Production.model_fields["TRUSTED_PROXY"].examples[0]])
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


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("50000", 1), ("100000", 1), ("150000", 2), ("max", os.cpu_count()), ("-1", os.cpu_count())],
)
@pytest.mark.parametrize("names", cpus.QUOTAS, ids=["version 2", "version 1"])
def test_cpus_are_those_of_the_container(names, quota, expected, monkeypatch, tmp_path):
    monkeypatch.setattr(cpus, "CGROUP", tmp_path)
    (tmp_path / "cpu").mkdir()
    texts = [f"{quota} 100000\n"] if len(names) == 1 else [f"{quota}\n", "100000\n"]
    for name, text in zip(names, texts, strict=True):
        (tmp_path / name).write_text(text)
    assert cpus.cpus() == expected
