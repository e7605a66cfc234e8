"""Settings of production: PostgreSQL and Redis, several processes, and HTTPS."""

from config import env as environment
#% if cookiecutter.tier == "scale"
from config.caches import caches
#% endif
from config.databases import databases
from config.logs import json_lines
from config.settings.base import *
#% if cookiecutter.__static_media == "cdn"
from config.settings.base import CONTENT_SECURITY_POLICY
#% else
from config.settings.base import MIDDLEWARE
#% endif
from config.storages import storages

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

DATABASES = databases(env)
#% if cookiecutter.tier == "scale"
DATABASE_ROUTERS = ["config.routers.ReplicaRouter"]
#% endif
##%
# Each Redis by what it is for; health probes and `make doctor` look at the same ones.
#% if cookiecutter.tier == "scale"
REDIS_CLUSTERS = {"state": env.REDIS_STATE_URL}
REDIS_URLS = {f"channel {number}": url for number, url in enumerate(env.REDIS_CHANNEL_URLS, 1)}
CACHES = caches(env.REDIS_CACHE_URL)
CACHED_PAGES = {"/": 30}  # seconds, by path
MIDDLEWARE.append("apps.core.page_cache.PageCacheMiddleware")
#% else
REDIS_URLS = {"state": env.REDIS_STATE_URL, "channel": env.REDIS_CHANNEL_URL}
#% endif
# Survives an outage of Redis with all sockets open; the other layer, core, drops every one.
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
#% if cookiecutter.tier == "scale"
        "CONFIG": {"hosts": env.REDIS_CHANNEL_URLS},  # each group of pages has one of them
#% else
        "CONFIG": {"hosts": [REDIS_URLS["channel"]]},
#% endif
    }
}
DJUST_CONFIG = {
    "STATE_BACKEND": "redis",
    "PRESENCE_BACKEND": "redis",  # in memory, each process would count its own visitors
    "REDIS_URL": env.REDIS_STATE_URL,
    "SESSION_TTL": env.SESSION_TTL,
    "hot_reload": False,
    "hvr_enabled": False,
    "suppress_checks": ["T018"],  # says with each command that it skips templates which extend another
}
DJUST_WS_COMPRESSION = env.WEBSOCKET_COMPRESSION
METRICS_PORT = env.METRICS_PORT
#% if cookiecutter.__calls_aws
##%
AWS_REGION = env.AWS_REGION
#% endif
#% if cookiecutter.celery != "none" and cookiecutter.cloud == "aws"
CLOUDWATCH_NAMESPACE = env.CLOUDWATCH_NAMESPACE
#% endif
#% if cookiecutter.tier == "scale"
##%
OPENSEARCH_URL = env.OPENSEARCH_URL
#% endif
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
#% if cookiecutter.__broker == "rabbitmq"
CELERY_BROKER_TRANSPORT = "config.rabbitmq.Transport"
RABBITMQ_MANAGEMENT_URL = env.RABBITMQ_MANAGEMENT_URL
#% endif
#% if cookiecutter.__broker == "redis"
if CELERY_BROKER_URL.startswith("rediss:"):
    CELERY_BROKER_USE_SSL = {"ssl_cert_reqs": "required"}  # without it kombu trusts any certificate
#% endif
#% if cookiecutter.celery == "gevent" and cookiecutter.__broker == "redis"
CELERY_BROKER_TRANSPORT = "config.redis_broker.Transport"
#% endif
#% if cookiecutter.celery != "none"
REDBEAT["redbeat_redis_url"] = env.REDIS_STATE_URL  # beat's lock
#% endif
##%
STORAGES = storages(env)
#% if cookiecutter.__static_media == "cdn"
STATIC_URL = f"https://{env.CDN_DOMAIN}/static/"
for directive in ("script-src", "style-src", "img-src", "font-src"):
    CONTENT_SECURITY_POLICY["DIRECTIVES"][directive].append(STATIC_URL)
#% else
if env.ASGI_SERVE_STATIC:
    MIDDLEWARE.insert(1, "whitenoise.middleware.WhiteNoiseMiddleware")  # right after SecurityMiddleware
#% endif
#% if cookiecutter.__static_media == "nginx"
NGINX_SENDS_UPLOADS = True
#% endif
##%
LOGGING = json_lines(env.LOG_LEVEL)
SENTRY_DSN = env.SENTRY_DSN
OTEL_EXPORTER_OTLP_ENDPOINT = env.OTEL_EXPORTER_OTLP_ENDPOINT
