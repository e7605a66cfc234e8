"""The ASGI application: Django for HTTP, djust's consumer for WebSockets."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

# Sets Django up, which the imports below rely on.
django_application = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.urls import path  # noqa: E402
from djust.websocket import LiveViewConsumer  # noqa: E402

live_views = URLRouter([path("ws/live/", LiveViewConsumer.as_asgi())])

application = ProtocolTypeRouter(
    {
        "http": django_application,
        # A page of another site must not open a socket with the visitor's cookies.
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(live_views)),
    }
)
