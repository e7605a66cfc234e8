"""Whole pages from the cache, for visitors whom the site knows nothing about."""

import re
import secrets
from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from redis import RedisError

# In forms, and where djust puts it.
TOKEN = re.compile(r'((?:csrfmiddlewaretoken" value|djust-csrf-token" content)=")[^"]+')
ANY_TOKEN = re.compile(r"\b[A-Za-z0-9]{64}\b")


class PageCacheMiddleware:
    """Answer a GET without a session from the cache, with a nonce and a token of its own.

    settings.CACHED_PAGES has the paths, and for how many seconds each is kept. They are for pages that are
    the same for everybody who is not signed in. A socket mounts its view as ever, which brings the page up to
    date. A page that has anything of its visitor in it is not stored, nor is one with a query string, of
    which there is no end.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        seconds = settings.CACHED_PAGES.get(request.path)
        known = settings.SESSION_COOKIE_NAME in request.COOKIES
        if seconds is None or known or request.method != "GET" or request.META["QUERY_STRING"]:
            return self.get_response(request)
        if stored := recall(request):
            return restore(stored, request)
        response = self.get_response(request)
        if response.status_code == 200 and (page := without_visitor(response, request)):
            remember(request, page, seconds)
        return response


def key(request: HttpRequest) -> str:
    # Pages name static files by their hash, so those of another release are other pages.
    release = getattr(staticfiles_storage, "manifest_hash", "")
    return f"page:{release}:{request.get_host()}:{request.path}"


def recall(request: HttpRequest) -> dict[str, str] | None:
    try:
        return cache.get(key(request))
    except RedisError:
        return None


def remember(request: HttpRequest, page: dict[str, str], seconds: int) -> None:
    with suppress(RedisError):
        cache.set(key(request), page, seconds)


def without_visitor(response: HttpResponse, request: HttpRequest) -> dict[str, str] | None:
    """Return the page with a mark wherever something is the visitor's own, or None if that isn't all."""
    mark = secrets.token_urlsafe()
    text = response.content.decode().replace(str(request.csp_nonce), f"nonce-{mark}")
    text = TOKEN.sub(rf"\g<1>token-{mark}", text)
    session = request.session.session_key
    cookies = response.cookies.keys() - {settings.CSRF_COOKIE_NAME}
    if cookies or ANY_TOKEN.search(text) or (session and session in text):
        return None
    return {"text": text, "mark": mark}


def restore(stored: dict[str, str], request: HttpRequest) -> HttpResponse:
    mark = stored["mark"]
    text = stored["text"].replace(f"nonce-{mark}", str(request.csp_nonce))
    if f"token-{mark}" in text:
        text = text.replace(f"token-{mark}", get_token(request))
    return HttpResponse(text)
