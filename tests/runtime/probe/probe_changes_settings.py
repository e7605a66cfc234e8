"""Production's settings, with a view beside the project's that shows what it is told of."""

from config.settings.prod import *

LIVEVIEW_ALLOWED_MODULES = ["apps", "probe_changes"]
