"""Remove each guard in turn: the step of the visit that watches it must fail.

A guard is a text in a file of the rendered project, and what is left once it is removed. `-rP` prints what
went red.
"""

from typing import NamedTuple

import pytest

from tests import matrix, rendering
from tests.site import Site
from tests.visit import STEPS, Visit, take

NGINX = "deploy/nginx/templates/default.conf.template"
PROD = "config/settings/prod.py"
OPENSEARCH = "apps/documents/opensearch.py"
PAGE_CACHE = "apps/core/page_cache.py"


class Guard(NamedTuple):
    """What to remove, the step that is to notice, and the answers beside the default ones, as in ONLY."""

    file: str
    text: str
    without: str
    step: str
    answers: str = ""


GUARDS = {
    "Upgrade header": Guard(NGINX, "proxy_set_header Upgrade           $http_upgrade;", "", "event"),
    "Connection header": Guard(NGINX, "$connection_upgrade;", '"";', "event"),
    "X-Forwarded-For is overwritten": Guard(
        NGINX, "X-Forwarded-For   $remote_addr", "X-Forwarded-For   $http_x_forwarded_for", "client_address"
    ),
    "X-Forwarded-Proto": Guard(NGINX, "proxy_set_header X-Forwarded-Proto $scheme;", "", "page"),
    "Host is passed on": Guard(
        NGINX, "proxy_set_header Host              $host$is_request_port$request_port;", "", "page"
    ),
    "plain HTTP is redirected": Guard(NGINX, "return 301 https://", "return 302 http://", "plain_http"),
    "static files are kept for ever": Guard(
        NGINX, "max-age=31536000, immutable", "max-age=60", "static_files"
    ),
    "static files are nginx's": Guard(NGINX, "location /static/ {", "location /nowhere/ {", "static_files"),
    "origin check": Guard(
        PROD, "ALLOWED_HOSTS = env.ALLOWED_HOSTS", 'ALLOWED_HOSTS = ["*"]', "foreign_origin"
    ),
    "hashed names": Guard(
        "config/storages.py",
        "whitenoise.storage.CompressedManifestStaticFilesStorage",
        "django.contrib.staticfiles.storage.StaticFilesStorage",
        "static_files",
    ),
    "static files are the CDN's": Guard(
        PROD,
        'STATIC_URL = f"https://{env.CDN_DOMAIN}/static/"',
        'STATIC_URL = "/static/"',
        "static_files",
        "tier=production",
    ),
    "static files are kept for ever, S3": Guard(
        "config/s3.py",
        "max-age=31536000, immutable",
        "max-age=60",
        "static_files",
        "tier=production cloud=aws",
    ),
    "the policy knows the CDN": Guard(PROD, '"script-src", ', "", "content_policy", "tier=production"),
    "downloads need a login": Guard("apps/documents/views.py", "@login_required\n", "", "media"),
    "downloads need a login, CDN": Guard(
        "apps/documents/views.py", "@login_required\n", "", "media", "tier=production"
    ),
    "uploads are not nginx's to show": Guard(NGINX, "        internal;\n", "", "media"),
    "uploads are no pages": Guard(
        "config/gcs.py", '"attachment"', '"inline"', "media", "tier=production cloud=gcp"
    ),
    "addresses of uploads are signed": Guard(
        "config/gcs.py", "iam_sign_blob=True", "querystring_auth=False", "media", "tier=production cloud=gcp"
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
    "all servers for messages": Guard(
        PROD,
        '"hosts": env.REDIS_CHANNEL_URLS',
        '"hosts": env.REDIS_CHANNEL_URLS[:1]',
        "shared_messages",
        "tier=scale",
    ),
    "pages of users are not cached": Guard(
        PAGE_CACHE, "settings.SESSION_COOKIE_NAME in request.COOKIES", "False", "cached_page", "tier=scale"
    ),
    "a nonce for each visitor": Guard(
        PAGE_CACHE, 'str(request.csp_nonce), f"nonce-{mark}"', '"", ""', "cached_page", "tier=scale"
    ),
    "pages come without the cache": Guard(
        PAGE_CACHE, "except RedisError", "except KeyError", "cached_page", "tier=scale"
    ),
    "presence knows the cluster": Guard(
        "apps/core/cluster.py",
        "self._client = connect(url, decode_responses=True)",
        "",
        "presence",
        "tier=scale",
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
        "count_words.delay(document.pk); __import__('time').sleep(15)",
        "upload_to_push",
    ),
    "documents are made known to the search": Guard(
        "apps/documents/words.py", "    search.index(pk)\n", "", "search"
    ),
    "changes are sent to OpenSearch": Guard(
        OPENSEARCH, "    send.delay_on_commit(document_id)\n", "", "search", "tier=scale"
    ),
    "changes are sent after commit": Guard(
        OPENSEARCH,
        "send.delay_on_commit(document_id)",
        "send.delay(document_id); __import__('time').sleep(15)",
        "search",
        "tier=scale",
    ),
    "PostgreSQL finds where OpenSearch doesn't": Guard(
        OPENSEARCH,
        "except OpenSearchException as error:\n        paused_until",
        "except ZeroDivisionError as error:\n        paused_until",
        "search_outage",
        "tier=scale",
    ),
    "passwords can't be guessed": Guard(
        "config/settings/base.py", '    "axes.backends.AxesStandaloneBackend",\n', "", "guessed_passwords"
    ),
    "a guesser locks nobody else out": Guard(
        "config/settings/base.py", '[["username", "ip_address"]]', '["username"]', "guessed_passwords"
    ),
    "pages leave no folders": Guard(
        "apps/core/live.py", "= LazyUploadManager()", "= UploadManager()", "leftovers"
    ),
    "upload chunks fit": Guard(
        "apps/documents/views.py", "CHUNK = 63 * 1024", "CHUNK = 128 * 1024", "upload_to_push"
    ),
    "ids go to the socket": Guard(
        "apps/core/ids.py", 'if kind == "websocket":', 'if kind == "another":', "log_ids"
    ),
    "ids go to the task": Guard(
        "config/celery.py", 'in ("request_id", "user_id") if name', "in () if name", "log_ids"
    ),
    "every line is JSON": Guard("config/gunicorn.py", "logconfig_dict", "unused", "log_ids"),
    "an outage of a part leaves the site in the balancer": Guard(
        "apps/core/health.py", "NEEDED.isdisjoint(failing)", "False", "outages"
    ),
    "friendly outage page": Guard("config/urls.py", "handler500 =", "unused =", "outages"),
    "sockets and events are measured": Guard(
        "config/asgi.py", "Consumer.as_asgi()", "Consumer.__base__.__base__.as_asgi()", "metrics"
    ),
    "requests are measured": Guard(
        "config/settings/base.py", '    "apps.ops.middleware.request_metrics",\n', "", "metrics"
    ),
    "workers count together": Guard("config/gunicorn.py", "    metrics.share()", "    pass", "metrics"),
    "metrics have a port of their own": Guard(
        "config/urls.py",
        'path("", HomeView',
        'path("metrics", lambda request: redirect("/")),\n    path("", HomeView',
        "metrics",
    ),
    "tasks are measured": Guard("apps/ops/worker.py", "@task_postrun.connect\n", "", "metrics"),
    "saving a row sends a notification": Guard(
        "apps/documents/models.py", "@announced()\n", "", "upload_to_push", "live_database=yes"
    ),
    "a page follows all models it shows": Guard(
        "apps/documents/views.py", "(Document, User)", "(Document)", "change_elsewhere", "live_database=yes"
    ),
    "writes are marked for readers of the replica": Guard(
        "apps/core/apps.py",
        "connection_created.connect(replica.mark_writes)",
        "replica.mark_writes",
        "read_from_the_replica",
        "tier=scale",
    ),
    "reads go to the replica": Guard(
        PROD, "DATABASE_ROUTERS =", "unused =", "read_from_the_replica", "tier=scale"
    ),
    "the primary stands in for a lost replica": Guard(
        "config/replica.py",
        'except (Error, RedisError, RedisClusterException) as error:\n        logger.warning("The primary',
        'except RedisError as error:\n        logger.warning("The primary',
        "lost_replica",
        "tier=scale",
    ),
    "probes before Django": Guard("config/asgi.py", "application = Health(", "application = (", "probes"),
}


@pytest.mark.parametrize("name", GUARDS)
def test_removal_is_noticed(name, services, tmp_path):
    guard = GUARDS[name]
    combination = matrix.resolve(matrix.FIRST | matrix.only(guard.answers))
    site = Site(rendering.project_of(combination), services, tmp_path, combination)
    file = site.folder / guard.file
    text = file.read_text()
    assert guard.text in text, f"{guard.file} has no {guard.text!r}"
    file.write_text(text.replace(guard.text, guard.without))
    if site.cdn:  # its buckets keep what other sites have uploaded, unless they are restarted
        site.cdn.buckets.stop()
        site.cdn.buckets.start()
    noticed = what_fails(site, guard.step)
    assert noticed, f"without {name!r} the step {guard.step} passes"
    print(f"{name:32} {guard.step:16} {noticed.splitlines()[0][:120]}")


def what_fails(site: Site, step: str) -> str:
    """Return what the step says when it is taken after one that leaves traces to look at, or nothing."""
    assert STEPS[step].concerns(site.combination), f"{step} is not for these answers"
    with Visit(site) as visit:
        return take(visit, ("event", step)).get(step, "")


def test_every_step_watches_a_guard():
    # That a worker recovers is Celery's doing with Redis, and the project's own with SQS.
    assert {guard.step for guard in GUARDS.values()} == set(STEPS) - {"work_after_outages"}
