"""Where Django caches."""

from typing import Any


def caches(url: str) -> dict[str, Any]:
    """Return Django's CACHES; `url` is a Redis that may evict."""
    # Seconds. What is cached can be made anew, so a cache that is slow or away must not hold up a page.
    brief = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}
    backend = "django.core.cache.backends.redis.RedisCache"
    return {"default": {"BACKEND": backend, "LOCATION": url, "OPTIONS": brief}}
