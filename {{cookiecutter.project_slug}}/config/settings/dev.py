"""Settings of `make dev`: SQLite, everything in one process, nothing to install or start first."""

import dj_database_url

from config import env as environment
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
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
DJUST_CONFIG = {
    "STATE_BACKEND": "memory",
    "PRESENCE_BACKEND": "memory",
    "hot_reload": False,  # uvicorn --reload does it, for all files
    "hvr_enabled": False,
    "update_check": False,  # it asks a server on the internet
    "suppress_checks": ["T018"],  # says at each start that it skips templates which extend another
}
#% if cookiecutter.celery != "none"
##%
# config/dev.py runs the worker that reads this.
CELERY_BROKER_URL = "memory://localhost/"
#% endif
##%
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env.LOG_LEVEL},
    "loggers": {
        # What they say at each start would hide what the project says.
        "axes": {"level": "WARNING"},
#% if cookiecutter.celery != "none"
        "celery.worker.consumer": {"level": "WARNING"},
#% endif
        "djust": {"level": "WARNING"},
    },
}
