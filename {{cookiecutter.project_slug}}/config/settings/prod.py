"""Settings of production: PostgreSQL and Redis, several processes, and HTTPS."""

import warnings

import dj_database_url

from config import env as environment
from config.logs import json_lines
from config.settings.base import *
from config.settings.base import MIDDLEWARE

env = environment.load(environment.Production)
proxy = environment.PROXIES[env.TRUSTED_PROXY]

DEBUG = False
SECRET_KEY = env.SECRET_KEY
ALLOWED_HOSTS = env.ALLOWED_HOSTS
UPLOAD_MAX_BYTES = env.UPLOAD_MAX_BYTES

# HTTPS only. Health probes come without it, and are answered before Django (apps/core/health.py).
SECURE_PROXY_SSL_HEADER = proxy.ssl_header
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in env.ALLOWED_HOSTS]

# Per-address limits count the proxy's clients, not the proxy.
DJUST_TRUSTED_PROXIES = [env.TRUSTED_PROXY] if proxy.hops else []
DJUST_TRUSTED_PROXY_COUNT = proxy.hops

# A connection is closed after each request. Those of open sockets stay, one per lane of config/asgi.py.
DATABASES = {"default": dj_database_url.parse(env.DATABASE_URL, conn_max_age=0)}
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)  # seconds

# Each Redis by what it is for; health probes and `make doctor` look at the same ones.
REDIS_URLS = {"state": env.REDIS_STATE_URL, "channel": env.REDIS_CHANNEL_URL}
# Survives an outage of Redis with all sockets open; the other layer, core, drops every one.
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URLS["channel"]]},
    }
}
DJUST_CONFIG = {
    "STATE_BACKEND": "redis",
    "PRESENCE_BACKEND": "redis",  # in memory, each process would count its own visitors
    "REDIS_URL": REDIS_URLS["state"],
    "SESSION_TTL": env.SESSION_TTL,
    "hot_reload": False,
    "hvr_enabled": False,
}
DJUST_WS_COMPRESSION = env.WEBSOCKET_COMPRESSION
#% if cookiecutter.__broker == "sqs"
##%
CELERY_BROKER_URL = "sqs://"
CELERY_BROKER_TRANSPORT = "config.sqs.Transport"
CELERY_BROKER_TRANSPORT_OPTIONS |= {
    "region": env.AWS_REGION,
    "predefined_queues": {CELERY_TASK_DEFAULT_QUEUE: {"url": env.SQS_QUEUE_URL}},
}
#% elif cookiecutter.celery != "none"
##%
CELERY_BROKER_URL = env.CELERY_BROKER_URL
#% endif
#% if cookiecutter.celery == "gevent" and cookiecutter.__broker == "redis"
CELERY_BROKER_TRANSPORT = "config.redis_broker.Transport"
#% endif
#% if cookiecutter.celery != "none"
CELERY_REDBEAT_REDIS_URL = REDIS_URLS["state"]  # beat's lock
#% endif
##%
# Names with a hash of the content, so that browsers may keep files for ever; .gz beside each, made once.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if env.ASGI_SERVE_STATIC:
    MIDDLEWARE.insert(1, "whitenoise.middleware.WhiteNoiseMiddleware")  # right after SecurityMiddleware
    # It means that a file is read whole before it is sent, which is well for files of this size.
    warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous iterators")

LOGGING = json_lines(env.LOG_LEVEL)
