"""Settings of `make dev`: SQLite, everything in one process, nothing to install or start first."""

import dj_database_url

from config import env as environment
from config.logs import readable_lines
from config.settings.base import *
from config.settings.base import BASE_DIR

env = environment.load(
    environment.Env,
    SECRET_KEY="for-development-only-" + "x" * 50,
    ALLOWED_HOSTS="127.0.0.1,localhost",
    # IMMEDIATE, so that writers wait for each other: SQLite fails whoever starts to write after reading.
    DATABASE_URL=f"sqlite:///{BASE_DIR / 'db.sqlite3'}?transaction_mode=IMMEDIATE",
)

DEBUG = True
SECRET_KEY = env.SECRET_KEY
ALLOWED_HOSTS = env.ALLOWED_HOSTS
UPLOAD_MAX_BYTES = env.UPLOAD_MAX_BYTES

DATABASES = {"default": dj_database_url.parse(env.DATABASE_URL)}
REDIS_URLS = {}
#% if cookiecutter.tier == "scale"
REDIS_CLUSTERS = {}
#% endif
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
DJUST_CONFIG = {
    "STATE_BACKEND": "memory",
    "PRESENCE_BACKEND": "memory",
    "hot_reload": False,  # uvicorn --reload does it, for all files
    "hvr_enabled": False,
    "update_check": False,  # it asks a server on the internet
    "suppress_checks": ["T018"],  # says with each command that it skips templates which extend another
}
#% if cookiecutter.tier == "scale"
OPENSEARCH_URL = ""  # the database searches
#% endif
#% if cookiecutter.celery != "none"
##%
# config/dev.py runs the worker that reads this.
CELERY_BROKER_URL = "memory://localhost/"
#% endif
##%
LOGGING = readable_lines(env.LOG_LEVEL)
# What they say at each start and login would hide what the project says.
#% if cookiecutter.celery == "none"
QUIET = ("axes", "djust")
#% else
QUIET = ("axes", "celery.worker.consumer", "djust")
#% endif
LOGGING["loggers"] |= {name: {"level": "WARNING"} for name in QUIET}
