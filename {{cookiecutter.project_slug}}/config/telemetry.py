"""Errors to Sentry and traces to a collector of OpenTelemetry, each only if its variable is set.

The libraries of both are imported where they are used: without the variables they cost nothing.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from structlog.contextvars import get_contextvars

from apps.core.ids import for_socket

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import Span, SpanProcessor


@cache
def start() -> None:
    """Start what this process reports to, once; a web process does so before Django is set up."""
    if settings.SENTRY_DSN:
        report_errors(settings.SENTRY_DSN)
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        trace(BatchSpanProcessor(OTLPSpanExporter()))


def report_errors(dsn: str) -> None:
    import sentry_sdk
#% if cookiecutter.celery != "none"
    from sentry_sdk.integrations.celery import CeleryIntegration
#% endif
    from sentry_sdk.integrations.django import DjangoIntegration

    integrations = [DjangoIntegration()]
#% if cookiecutter.celery != "none"
    integrations.append(CeleryIntegration())
#% endif
    sentry_sdk.init(
        dsn,
        integrations=integrations,
        auto_enabling_integrations=False,  # that of Redis sends keys, and a session's key is a password
        # Forms, uploads and the values of variables can be secret.
        include_local_variables=False,
        max_request_body_size="never",
        before_send=with_ids,
    )


def with_ids(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """Tag an error with the ids that its lines in the log have, and keep query strings back."""
    event.setdefault("tags", {}).update(get_contextvars())
    request = event.get("request", {})
    request.pop("query_string", None)
    for name in [name for name in request.get("headers", {}) if name.lower() == "referer"]:
        del request["headers"][name]  # the address of the page before, with its query string
    return event


def trace(processor: "SpanProcessor") -> None:
    """Have pages, events and tasks give their spans to a processor."""
    from opentelemetry import trace
#% if cookiecutter.celery != "none"
    from opentelemetry.instrumentation.celery import CeleryInstrumentor
#% endif
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider

    # What OpenTelemetry's own variables say about the service wins.
    resource = Resource.create({"service.name": settings.SITE_NAME}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(processor)
    trace.set_tracer_provider(provider)
#% if cookiecutter.celery != "none"
    CeleryInstrumentor().instrument()
#% endif
    DjangoInstrumentor().instrument(request_hook=hide_query, response_hook=hand_to_socket)


def hide_query(span: "Span", request: HttpRequest) -> None:
    if span.is_recording():
        span.set_attribute("http.url", span.attributes["http.url"].partition("?")[0])


def hand_to_socket(span: "Span", request: HttpRequest, response: HttpResponseBase) -> None:
    """Say in a cookie for the socket (apps/core/ids.py) which trace its events are to continue."""
    from opentelemetry.propagate import inject

    span.set_attributes(get_contextvars())
    if response.get("Content-Type", "").startswith("text/html"):
        inject(cookies := {})
        for name, value in cookies.items():
            response.set_cookie(name, value, **for_socket())
