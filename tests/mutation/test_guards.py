"""Remove each guard in turn: the step of the visit that watches it must fail.

A guard is a text in a file of the rendered project, and what is left once it is removed. `-rP` prints what
went red.
"""

from typing import NamedTuple

import pytest

from tests import rendering
from tests.matrix import DEFAULT
from tests.site import Site
from tests.visit import STEPS, Visit, take

NGINX = "deploy/nginx/templates/default.conf.template"
PROD = "config/settings/prod.py"


class Guard(NamedTuple):
    """What to remove, and the step that is to notice."""

    file: str
    text: str
    without: str
    step: str


GUARDS = {
    "Upgrade header": Guard(NGINX, "proxy_set_header Upgrade           $http_upgrade;", "", "event"),
    "Connection header": Guard(NGINX, "$connection_upgrade;", '"";', "event"),
    "X-Forwarded-For is overwritten": Guard(
        NGINX, "X-Forwarded-For   $remote_addr", "X-Forwarded-For   $http_x_forwarded_for", "client_address"
    ),
    "X-Forwarded-Proto": Guard(NGINX, "proxy_set_header X-Forwarded-Proto $scheme;", "", "page"),
    "Host is passed on": Guard(NGINX, "proxy_set_header Host              $host;", "", "page"),
    "plain HTTP is redirected": Guard(NGINX, "return 301 https://", "return 302 http://", "plain_http"),
    "static files are kept for ever": Guard(
        NGINX, "max-age=31536000, immutable", "max-age=60", "static_files"
    ),
    "static files are nginx's": Guard(NGINX, "location /static/ {", "location /nowhere/ {", "static_files"),
    "origin check": Guard(
        PROD, "ALLOWED_HOSTS = env.ALLOWED_HOSTS", 'ALLOWED_HOSTS = ["*"]', "foreign_origin"
    ),
    "hashed names": Guard(
        PROD,
        "whitenoise.storage.CompressedManifestStaticFilesStorage",
        "django.contrib.staticfiles.storage.StaticFilesStorage",
        "static_files",
    ),
    "HSTS preload": Guard(PROD, "SECURE_HSTS_PRELOAD = True", "SECURE_HSTS_PRELOAD = False", "deploy_check"),
    "secure session cookie": Guard(
        PROD, "SESSION_COOKIE_SECURE = True", "SESSION_COOKIE_SECURE = False", "deploy_check"
    ),
    "secure CSRF cookie": Guard(PROD, "CSRF_COOKIE_SECURE = True", "CSRF_COOKIE_SECURE = False", "page"),
    "presence across processes": Guard(
        PROD, '"PRESENCE_BACKEND": "redis"', '"PRESENCE_BACKEND": "memory"', "presence"
    ),
    "channel layer across processes": Guard(
        PROD,
        "channels_redis.pubsub.RedisPubSubChannelLayer",
        "channels.layers.InMemoryChannelLayer",
        "upload_to_push",
    ),
    "content security policy": Guard(
        "config/settings/base.py", '    "apps.core.csp.LiveViewCSPMiddleware",\n', "", "content_policy"
    ),
    "quiet loggers": Guard("config/logs.py", '"level": "WARNING"', '"level": "DEBUG"', "secrets"),
    "snapshot, same server": Guard(
        "apps/core/live.py", "enable_state_snapshot = True", "enable_state_snapshot = False", "killed_server"
    ),
    "snapshot, other server": Guard(
        "apps/core/live.py", "enable_state_snapshot = True", "enable_state_snapshot = False", "another_server"
    ),
    "wrong Host, by the app": Guard(
        PROD, "ALLOWED_HOSTS = env.ALLOWED_HOSTS", 'ALLOWED_HOSTS = ["*"]', "wrong_host"
    ),
    "on_commit": Guard(
        "apps/documents/views.py",
        "count_words.delay_on_commit(document.pk)",
        "count_words.delay(document.pk); __import__('time').sleep(5)",
        "upload_to_push",
    ),
    "upload chunks fit": Guard(
        "apps/documents/views.py", "CHUNK = 63 * 1024", "CHUNK = 128 * 1024", "upload_to_push"
    ),
    "friendly outage page": Guard("config/urls.py", "handler500 =", "unused =", "outages"),
    "probes before Django": Guard("config/asgi.py", "application = Health(", "application = (", "probes"),
}


@pytest.mark.parametrize("name", GUARDS)
def test_removal_is_noticed(name, services, tmp_path):
    guard = GUARDS[name]
    site = Site(rendering.project_of(DEFAULT), services, tmp_path, DEFAULT)
    file = site.folder / guard.file
    text = file.read_text()
    assert guard.text in text, f"{guard.file} has no {guard.text!r}"
    file.write_text(text.replace(guard.text, guard.without))
    noticed = what_fails(site, guard.step)
    assert noticed, f"without {name!r} the step {guard.step} passes"
    print(f"{name:32} {guard.step:16} {noticed.splitlines()[0][:120]}")


def what_fails(site: Site, step: str) -> str:
    """Return what the step says when it is taken after one that leaves traces to look at, or nothing."""
    with Visit(site) as visit:
        return take(visit, ("event", step)).get(step, "")


def test_every_step_watches_a_guard():
    # That a worker recovers is Celery's doing with Redis, and the project's own with SQS.
    assert {guard.step for guard in GUARDS.values()} == set(STEPS) - {"work_after_outages"}
