"""Production's parts, without TLS and a proxy in front."""

import os
from importlib.util import find_spec

import dj_database_url

from config.logs import json_lines
from config.settings.base import *

SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
REDIS = os.environ["REDIS_STATE_URL"]
DJUST_CONFIG = {"STATE_BACKEND": "redis", "REDIS_URL": REDIS, "PRESENCE_BACKEND": "redis"}
REDIS_URLS = {"state": REDIS, "channel": os.environ["REDIS_CHANNEL_URL"]}
UPLOAD_MAX_BYTES = 5_000_000
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [os.environ["REDIS_CHANNEL_URL"]]},
    }
}
ROOT_URLCONF = "proof"
LIVEVIEW_ALLOWED_MODULES = ["apps", "proof"]
CELERY_BROKER_URL = os.environ["CELERY_BROKER_URL"]
REDBEAT["redbeat_redis_url"] = REDIS
if find_spec("config.redis_broker"):  # of gevent
    CELERY_BROKER_TRANSPORT = "config.redis_broker.Transport"
CELERY_IMPORTS = ["proof"]
CELERY_BEAT_SCHEDULE = {"tick": {"task": "proof.tick", "schedule": 3}}
if os.environ.get("UNSENDABLE_TICK"):
    CELERY_BEAT_SCHEDULE["tick"]["options"] = {"serializer": "unknown"}
if seconds := os.environ.get("VISIBILITY_TIMEOUT"):
    # Workers look for lost tasks at every tenth of their 10 s rounds; here at each.
    CELERY_BROKER_TRANSPORT_OPTIONS |= {"visibility_timeout": int(seconds), "unacked_restore_throttle": 1}
LOGGING = json_lines("INFO")
SENTRY_DSN = os.environ.get("SENTRY_DSN")
OTEL_EXPORTER_OTLP_ENDPOINT = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
if pool := os.environ.get("POOL_FROM_SETTINGS"):
    CELERY_WORKER_POOL = pool
