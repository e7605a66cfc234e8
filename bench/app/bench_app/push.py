"""`python -m bench_app.push COUNT PAUSE`: push to every open counter, from a process of its own."""

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench_app.settings")
django.setup()

from djust import push_to_view  # noqa: E402


def main(count: int, pause: float) -> None:
    started, failed = time.process_time(), 0
    for _ in range(count):
        try:
            push_to_view(
                "bench_app.views.CounterView", handler="handle_push", payload={"stamp": repr(time.time())}
            )
        except Exception:  # an outage of Redis is one of the things that are measured
            failed += 1
        time.sleep(pause)
    print(time.process_time() - started, failed)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
