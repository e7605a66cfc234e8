"""Logs: what happened, and the ids that say to whom it belongs (apps/core/ids.py).

Lines of `logging.getLogger(__name__)` and of `structlog.get_logger(__name__)` come out alike.
"""

from typing import Any

import structlog
from structlog.types import EventDict, Processor

# What libraries hand to their loggers and must not be logged.
UNWANTED = (
    "request",  # Django's, with its query string
#% if cookiecutter.celery != "none"
    "data",  # Celery's, with the arguments of a task
#% endif
    "color_message",  # Uvicorn's message once more, for terminals
)


def without_unwanted(logger: Any, method: str, event: EventDict) -> EventDict:
    for name in UNWANTED:
        event.pop(name, None)
    return event


LIBRARIES: list[Processor] = [structlog.stdlib.ExtraAdder(), without_unwanted]
EVERY_LINE: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", key="time"),
]
JSON: list[Processor] = [
    structlog.processors.format_exc_info,
    # The name of a live view's event is called as everywhere else, once it is sure to replace no message.
    structlog.processors.EventRenamer("message", replace_by="live_event"),
    structlog.processors.JSONRenderer(),
]
READABLE: list[Processor] = [
    structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False, timestamp_key="time")
]


def json_lines(level: str) -> dict[str, Any]:
    """Return Django's LOGGING for machines: one JSON object per line, on standard error.

    `level` is the least severe that is logged.
    """
    return configuration(level, JSON)


def readable_lines(level: str) -> dict[str, Any]:
    """Return Django's LOGGING for people at a terminal; otherwise as json_lines()."""
    return configuration(level, READABLE)


def configuration(level: str, rendering: list[Processor]) -> dict[str, Any]:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": LIBRARIES,
        "processors": [*EVERY_LINE, structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": formatter},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": []},  # its own would print each line once more in development
            # Below WARNING the first two log the password of Redis, and the third the keys of sessions.
            "djust.state_backends": {"level": "WARNING"},
            "djust.backends": {"level": "WARNING"},
            "djust.mixins.rust_bridge": {"level": "WARNING"},
        },
    }
