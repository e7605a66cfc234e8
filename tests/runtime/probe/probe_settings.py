"""Production's settings, with a view and a task beside the project's that misbehave on request."""

from config.settings.prod import *

LIVEVIEW_ALLOWED_MODULES = ["apps", "probe_views"]
CELERY_IMPORTS = ["probe_tasks"]
