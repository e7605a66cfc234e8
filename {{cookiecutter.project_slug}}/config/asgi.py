"""The ASGI application: Django for HTTP, djust's consumer for WebSockets, health probes before both."""

import itertools
import os

from django.core.asgi import get_asgi_application

from config import telemetry

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

telemetry.start()
# Sets Django up, which the imports below rely on.
django_application = get_asgi_application()

from asgiref.sync import SyncToAsync, ThreadSensitiveContext  # noqa: E402
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.urls import path  # noqa: E402

#% if cookiecutter.live_database == "yes"
from apps.core import changes  # noqa: E402
#% endif
from apps.core.consumer import Consumer  # noqa: E402
from apps.core.health import Health  # noqa: E402
from apps.core.ids import RequestIds  # noqa: E402
from apps.core.proxy import ClientAddress  # noqa: E402

# Threads that run the event handlers of all sockets of this process, and so the most database connections
# that sockets hold. With one, somebody's slow handler would hold up everybody; with one per socket,
# PostgreSQL would run out of connections.
LANES = 8

live_views = URLRouter([path("ws/live/", Consumer.as_asgi())])
lanes = itertools.cycle([ThreadSensitiveContext() for _ in range(LANES)])


async def in_a_lane(scope, receive, send):
    """Give a socket its thread for as long as it is open."""
#% if cookiecutter.live_database == "yes"
    changes.start()
#% endif
    SyncToAsync.thread_sensitive_context.set(next(lanes))
    await live_views(scope, receive, send)


application = Health(
    ClientAddress(
        RequestIds(
            ProtocolTypeRouter(
                {
                    "http": django_application,
                    # A page of another site must not open a socket with the visitor's cookies.
                    "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(in_a_lane)),
                }
            )
        )
    )
)
