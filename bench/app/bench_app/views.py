"""The smallest views that show one thing each; they start from the project's own base class."""

import os
import time

from django.db import connection
from django.http import HttpRequest, HttpResponse
from djust.decorators import event_handler

from apps.core.live import AppLiveView


class PerTab:
    """Key the saved state by a `tab` that the browser sends with each mount, beside session and path.

    A page's GET has no tab yet: it saves nothing, and the first mount starts with mount().
    """

    def get_state_key_prefix(self) -> str:
        tab = self.request.GET.get("tab", "")
        return f"tab:{tab}" if tab else ""


bases = (PerTab, AppLiveView) if "BENCH_PER_TAB" in os.environ else (AppLiveView,)


class CounterView(*bases):
    """Counts; `stamp` carries the time of a push to whoever measures how long it took."""

    template_name = "counter.html"
    login_required = False

    def mount(self, request, **kwargs):
        self.count = 0
        self.stamp = "0"

    @event_handler()
    def increment(self, **kwargs):
        self.count += 1

    def handle_push(self, stamp="", **kwargs):
        self.stamp = stamp


class SlowView(*bases):
    """A sync handler that keeps its thread for a second, and one that asks the database who it is to it."""

    template_name = "slow.html"
    login_required = False

    def mount(self, request, **kwargs):
        self.count = 0

    @event_handler()
    def sleep(self, seconds: float = 1.0, **kwargs):
        time.sleep(seconds)
        self.count += 1

    @event_handler()
    def query(self, **kwargs):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
        self.count += 1


def remember(request: HttpRequest) -> HttpResponse:
    """Put the query string's `value` into the session, as any other page of a site may; always print it."""
    if "value" in request.GET:
        request.session["remembered"] = request.GET["value"]
    return HttpResponse(request.session.get("remembered", "nothing"))


def forget(request: HttpRequest) -> HttpResponse:
    """End the session as a sign-out does, and leave the cookie alone."""
    key = request.session.session_key
    request.session.delete(key)
    request.session.modified = False
    return HttpResponse("forgotten")


def exists(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.session.exists(request.COOKIES["sessionid"])))


def nap(request: HttpRequest) -> HttpResponse:
    """Keep a connection busy for as many seconds as the query string says."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [float(request.GET.get("seconds", 0))])
    return HttpResponse()
