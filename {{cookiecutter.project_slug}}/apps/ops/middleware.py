import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.views import View
from prometheus_client import Histogram

REQUESTS = Histogram(
    "http_request_duration_seconds", "Time to answer a request.", ["method", "route", "status"]
)


def request_metrics(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable:
    """Middleware that measures each request under the name of its route, never under its path."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        start = time.perf_counter()
        response = get_response(request)
        method = request.method if request.method.lower() in View.http_method_names else "other"
        route = request.resolver_match.view_name if request.resolver_match else "none"
        REQUESTS.labels(method, route, response.status_code).observe(time.perf_counter() - start)
        return response

    return middleware
