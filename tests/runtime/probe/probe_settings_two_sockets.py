"""Production's settings with a limit of two sockets per address."""

from config.settings.prod import *
from config.settings.prod import LIVEVIEW_CONFIG

LIVEVIEW_CONFIG["rate_limit"]["max_connections_per_ip"] = 2
