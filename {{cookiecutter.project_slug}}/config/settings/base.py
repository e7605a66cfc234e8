"""Settings that hold everywhere. Each name is explained in https://docs.djangoproject.com/en/5.2/ref/settings/"""

from pathlib import Path
#% if cookiecutter.celery != "none"
##%
from celery.schedules import crontab
#% endif
##%
BASE_DIR = Path(__file__).resolve().parent.parent.parent

SITE_NAME = {{ cookiecutter.__python_name }}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "channels",
    "djust",
    "apps.core",
    "apps.users",
    "apps.documents",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CONTEXT_PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
    "apps.core.context.site",
]
TEMPLATES = [
    {
        # Live views render in Rust, from these folders only.
        "BACKEND": "djust.template_backend.DjustTemplateBackend",
        "DIRS": [BASE_DIR / "apps/core/templates", BASE_DIR / "apps/documents/templates"],
        "OPTIONS": {"context_processors": CONTEXT_PROCESSORS},
    },
    {
        # The admin and other installed apps need all of Django's template language.
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": CONTEXT_PROCESSORS},
    },
]

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "/login/"  # a path: djust takes the name of a URL for a relative address
LOGIN_REDIRECT_URL = "/documents/"
LOGOUT_REDIRECT_URL = "/"

# Ten wrong passwords for one name from one address lock that pair for an hour.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 1  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "{{ cookiecutter.timezone }}"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
MEDIA_URL = "/media/"
MEDIA_ROOT = BASE_DIR / "media"

# Only views of these modules can be mounted by a browser.
LIVEVIEW_ALLOWED_MODULES = ["apps"]
LIVEVIEW_CONFIG = {
    # Bytes. An upload chunk and its 21-byte header must fit, or djust drops the chunk and truncates the file.
    "max_message_size": 128 * 1024,
}
#% if cookiecutter.celery != "none"
##%
# Each name is explained in https://docs.celeryq.dev/en/stable/userguide/configuration.html
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True  # what a task finds out is in the database
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES = {"default": {}, "celery": {}}  # "celery": for senders without these settings
#% if cookiecutter.celery == "gevent"
CELERY_WORKER_CONCURRENCY = 20
# Seconds. Under gevent it strikes where a task waits, never while it computes, and soft limits do nothing.
CELERY_TASK_TIME_LIMIT = 300
#% else
# Seconds. The soft limit raises SoftTimeLimitExceeded in the task; the hard one kills its process.
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_TASK_TIME_LIMIT = 300
#% endif
# What a worker reserves is missing from the queue: other workers can't do it, and autoscaling can't count it.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
#% if cookiecutter.__broker == "redis"
# Seconds until a task that nobody acknowledged is delivered again; it must not be still running then.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 4 * CELERY_TASK_TIME_LIMIT,
#% if cookiecutter.celery == "gevent"
    # Above the 2 s of a gevent worker's poll: only a poll without any answer looks for lost tasks.
    "polling_interval": 5,
#% endif
}
#% endif
##%
# A lock in Redis has one beat fire and any other wait, to take over when the lock has not been renewed
# for five times the interval (seconds).
CELERY_BEAT_SCHEDULER = "redbeat.RedBeatScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE = {
    "clear expired sessions": {
        "task": "apps.core.tasks.clear_expired_sessions",
        "schedule": crontab(hour=3, minute=0),
    },
    "queue stuck documents again": {
        "task": "apps.documents.tasks.queue_stuck_again",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 300},  # seconds: while no worker runs, they don't pile up
    },
}
#% endif
