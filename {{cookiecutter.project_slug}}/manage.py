#!/usr/bin/env python3
import os

from django.core.management import execute_from_command_line

from config import telemetry

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    try:
        execute_from_command_line()
    except Exception:
        # Not before, for an option can choose the settings. Sentry is told of what is raised from here.
        telemetry.start()
        raise
