"""Logs for machines: one JSON object per line, on standard error."""

from typing import Any


def json_lines(level: str) -> dict[str, Any]:
    """Return Django's LOGGING; `level` is the least severe that is logged."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "format": "%(levelname)s %(name)s %(message)s",
                "rename_fields": {"levelname": "level", "name": "logger"},
                "timestamp": "time",
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": level},
        # Below WARNING the first two log the password of Redis, and the third the keys of sessions.
        "loggers": {
            name: {"level": "WARNING"}
            for name in ("djust.state_backends", "djust.backends", "djust.mixins.rust_bridge")
        },
    }
