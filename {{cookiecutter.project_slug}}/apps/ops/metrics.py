"""Prometheus metrics on a port of their own, which only the private network may reach.

Each metric is defined where it is counted. No label takes a value that visitors can choose: each new value
is a time series that Prometheus keeps.
"""

import logging
import os
import shutil
import tempfile

from prometheus_client import REGISTRY, CollectorRegistry, start_http_server, values
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client's name for it

logger = logging.getLogger(__name__)


def share() -> None:
    """Count into files of a new folder, here and in processes forked later, so that one can serve the sum."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="metrics-", dir="/dev/shm")  # writable in any container
    values.ValueClass = values.MultiProcessValue()


def unshare() -> None:
    """Remove what share() has made."""
    shutil.rmtree(os.environ.pop(FOLDER), ignore_errors=True)


def serve(port: int) -> None:
    """Serve the metrics of this process from a thread, or those of all processes that share them."""
    registry = REGISTRY
    if FOLDER in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    try:
        start_http_server(port, registry=registry)
    except OSError:  # the port is taken, which must not keep a site from starting
        logger.exception("Metrics are not served on port %d", port)
