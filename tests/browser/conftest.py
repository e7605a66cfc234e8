"""The default project, rendered and served, and Chromium to look at it."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import environment, rendering
from tests.browser.chromium import Visitor, chromium
from tests.engine import NETWORK
from tests.services import Server, free_port

expect.set_options(timeout=30_000)  # ms; by default 5 s, which a busy machine takes now and then
SCREENSHOTS = rendering.BUILD / "screenshots"
PASSWORD = "correct horse battery"
# Development settings without DEBUG: other pages for errors, and djust's minified client.
WITHOUT_DEBUG = """
from config.settings.dev import *

DEBUG = False
"""
WITH_REDIS = """
import os

from config.settings.without_debug import *

REDIS = os.environ["REDIS"]
DJUST_CONFIG |= {"STATE_BACKEND": "redis", "PRESENCE_BACKEND": "redis", "REDIS_URL": REDIS}
"""
WITHOUT_DEBUG_SERVER = """
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler

from config.dev import application

application = ASGIStaticFilesHandler(application)
"""
CREATE_USERS = f"""
from django.contrib.auth import get_user_model
for name in ("ada", "bob"):
    get_user_model().objects.create_superuser(name, password={PASSWORD!r})
"""


class Site(Server):
    """`make dev` of a rendered project with settings of its own, and the people ada and bob."""

    def __init__(self, project: Path, settings: str, **env: str):
        self.project, self.base_url = project, f"http://127.0.0.1:{(port := free_port())}"
        application = "config.dev:application" if settings == "dev" else "config.without_debug:application"
        command = [
            environment.python(),
            "-m",
            "uvicorn",
            application,
            "--port",
            str(port),
            "--log-level",
            "warning",
        ]
        env["DJANGO_SETTINGS_MODULE"] = f"config.settings.{settings}"
        env["DATABASE_URL"] = f"sqlite:///{project}/{settings}.sqlite3?transaction_mode=IMMEDIATE"
        super().__init__(settings, command, project, port=port, env=os.environ | env)
        self.manage("migrate", "--verbosity", "0")
        self.manage("shell", "-c", CREATE_USERS)

    def manage(self, *arguments: str) -> None:
        subprocess.run(
            [environment.python(), "manage.py", *arguments], cwd=self.project, env=self.env, check=True
        )


def render(output: Path) -> Path:
    """Render the default project, with the settings of the tests, and return its folder."""
    rendered = rendering.render({}, output).project
    (rendered / "config/settings/without_debug.py").write_text(WITHOUT_DEBUG)
    (rendered / "config/settings/with_redis.py").write_text(WITH_REDIS)
    (rendered / "config/without_debug.py").write_text(WITHOUT_DEBUG_SERVER)
    return rendered


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Path:
    return render(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session", params=["dev", "without_debug"])
def site(request):
    """A running site, whose process can be ended and started again."""
    with Site(request.getfixturevalue("project"), request.param) as site:
        yield site


@pytest.fixture(scope="module", autouse=True)
def steady_network():
    with rendering.locked(NETWORK):
        yield


@pytest.fixture(scope="module")
def browser():
    # Playwright's event loop runs for as long as the browser does, and other proofs have loops of their own.
    with chromium() as browser:
        yield browser


@pytest.fixture
def visitors(browser, site):
    """Return a function that brings a new visitor; the browser may have had nothing to complain about."""
    with coming_to(browser, site) as come:
        yield come


@contextmanager
def coming_to(browser, site) -> Iterator[Callable[..., Visitor]]:
    came: list[Visitor] = []

    def come(**options) -> Visitor:
        came.append(Visitor(browser, site.base_url, **options))
        return came[-1]

    yield come
    complaints = [complaint for visitor in came for complaint in visitor.complaints]
    for visitor in came:
        visitor.close()
    assert not complaints, "\n".join(complaints)
