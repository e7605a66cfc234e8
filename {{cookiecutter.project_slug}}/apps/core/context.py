from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """Give every template the site's name, and whether the visitor may see the admin.

    Neither by its usual name: Django's login view has a `site_name` of its own (the host), and djust keeps
    `user.is_staff` from templates.
    """
    user = getattr(request, "user", None)
    return {"brand": settings.SITE_NAME, "sees_admin": user is not None and user.is_staff}
