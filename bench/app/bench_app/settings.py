"""The rendered project's settings on real servers, with one variable for each comparison."""

import os
from pathlib import Path

import dj_database_url

from config.settings.base import *
from config.settings.base import INSTALLED_APPS, LIVEVIEW_CONFIG, TEMPLATES

LAYERS = {
    "core": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        # Without it, redis-py 8 ends each idle read after 5 s, and the socket with it: facts 4.
        "CONFIG": {"hosts": [os.environ["BENCH_CHANNEL_URL"] + "?socket_timeout=30"]},
    },
    "core-as-shipped": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [os.environ["BENCH_CHANNEL_URL"]]},
    },
    "pubsub": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [os.environ["BENCH_CHANNEL_URL"]]},
    },
}

SECRET_KEY = "for-measurements-only-" + "x" * 50
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
UPLOAD_MAX_BYTES = 5_000_000
INSTALLED_APPS = [*INSTALLED_APPS, "bench_app"]
ROOT_URLCONF = "bench_app.urls"
TEMPLATES[0]["DIRS"] = [*TEMPLATES[0]["DIRS"], Path(__file__).parent / "templates"]
LIVEVIEW_ALLOWED_MODULES = ["apps", "bench_app"]
LIVEVIEW_CONFIG = LIVEVIEW_CONFIG | {
    # All load comes from one address and as fast as it can.
    "rate_limit": {
        "rate": 100_000, "burst": 100_000, "max_warnings": 3, "max_connections_per_ip": 10_000,
        "reconnect_cooldown": 5, "upload_rate": 200, "upload_burst": 400,
    },
}  # fmt: skip

POOL = {"min_size": 1, "max_size": 16}
CONNECTIONS = {
    "closed": {"CONN_MAX_AGE": 0},
    "reused": {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True},
    "pool": {"CONN_HEALTH_CHECKS": True, "OPTIONS": {"pool": POOL | {"timeout": 3, "reconnect_timeout": 1}}},
    "pool-as-shipped": {"OPTIONS": {"pool": POOL}},
}
DATABASES = {
    "default": dj_database_url.parse(os.environ["BENCH_DATABASE_URL"])
    | CONNECTIONS[os.environ.get("BENCH_CONNECTIONS", "reused")]
}
REDIS_URLS = {"state": os.environ["BENCH_STATE_URL"], "channel": os.environ["BENCH_CHANNEL_URL"]}
CHANNEL_LAYERS = {"default": LAYERS[os.environ.get("BENCH_LAYER", "pubsub")]}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ["BENCH_CACHE_URL"],
    }
}
if sessions := os.environ.get("BENCH_SESSIONS"):
    SESSION_ENGINE = f"django.contrib.sessions.backends.{sessions}"  # instead of the project's own
DJUST_CONFIG = {
    "STATE_BACKEND": "redis",
    "PRESENCE_BACKEND": "redis",
    "REDIS_URL": os.environ["BENCH_STATE_URL"],
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
