import sys
from collections.abc import Iterator

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
#% if cookiecutter.tier == "scale"
from redis.exceptions import ClusterDownError, RedisClusterException
#% endif
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from apps.core.live import AppLiveView, Presence

RETRY_AFTER = 10  # seconds; about what a managed Redis or PostgreSQL needs to fail over
UNAVAILABLE = (RedisConnectionError, RedisTimeoutError, OperationalError, InterfaceError)
#% if cookiecutter.tier == "scale"
UNAVAILABLE += (ClusterDownError, RedisClusterException)
#% endif
##%
##%
class HomeView(Presence, AppLiveView):
    """The public first page, which knows how many people look at it."""

    template_name = "core/home.html"
    login_required = False
    presence_key = "home"

    def mount(self, request, **kwargs):
        self.track_presence()


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a request that raised: 503 where Redis or the database can't be reached, otherwise 500.

    As handler500 it covers middleware as well as views, and Django has the exception logged. The pages
    need nothing that could be down: no database, session or static file.
    """
    unavailable = any(isinstance(error, UNAVAILABLE) for error in causes(sys.exception()))
    status, headers = (503, {"Retry-After": RETRY_AFTER}) if unavailable else (500, {})
    page = loader.render_to_string(f"{status}.html", {"csp_nonce": getattr(request, "csp_nonce", "")})
    return HttpResponse(page, status=status, headers=headers)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
