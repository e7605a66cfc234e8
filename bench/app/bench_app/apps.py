import os

from django.apps import AppConfig


class BenchConfig(AppConfig):
    name = "bench_app"

    def ready(self) -> None:
        from djust import runtime

        if seconds := os.environ.get("BENCH_SAVE_SECONDS"):
            runtime.EVENT_STATE_SAVE_TIMEOUT_S = float(seconds)
