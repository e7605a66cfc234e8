"""Production's settings, with a view beside the project's that misbehaves on request."""

from config.settings.prod import *

LIVEVIEW_ALLOWED_MODULES = ["apps", "probe_views"]
