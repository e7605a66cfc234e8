"""The project's application, with as many threads for the sockets' sync handlers as BENCH_LANES says."""

import itertools
import os

from asgiref.sync import ThreadSensitiveContext

import config.asgi

config.asgi.lanes = itertools.cycle([ThreadSensitiveContext() for _ in range(int(os.environ["BENCH_LANES"]))])
application = config.asgi.application
