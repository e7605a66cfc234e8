from ipaddress import ip_address

from django.conf import settings


class ClientAddress:
    """ASGI middleware: the client of a request is the browser, not the proxy in front of this server.

    Only what the proxy itself wrote into X-Forwarded-For is believed (`PROXIES` in config/env.py). Uvicorn's
    own middleware goes by the proxy's address instead, and takes a load balancer that lists itself for the
    client.
    """

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] in ("http", "websocket") and (address := forwarded_address(scope["headers"])):
            scope["client"] = (address, 0)
        await self.app(scope, receive, send)


def forwarded_address(headers: list[tuple[bytes, bytes]]) -> str | None:
    """Return the address that the outermost trusted proxy saw, or None where it wrote no valid one."""
    hops = settings.DJUST_TRUSTED_PROXY_COUNT
    values = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
    chain = ",".join(values).split(",")
    if not 0 < hops <= len(chain):
        return None
    try:
        return str(ip_address(chain[-hops].strip()))
    except ValueError:
        return None
