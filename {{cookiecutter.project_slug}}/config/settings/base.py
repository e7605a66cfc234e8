"""Settings that hold everywhere. Each name is explained in https://docs.djangoproject.com/en/5.2/ref/settings/"""

import warnings
from pathlib import Path

from csp.constants import NONCE, NONE, SELF

from apps.core.csp import client_styles, source_hash
#% if cookiecutter.celery != "none"
from config.settings.celery import *
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
    "csp",
    "djust",
    "apps.core",
    "apps.users",
    "apps.documents",
    "apps.ops",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "apps.ops.middleware.request_metrics",
    "apps.core.csp.LiveViewCSPMiddleware",
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
    "django.template.context_processors.csrf",  # without it, forms on live pages have no token
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

# They carry what a reconnect brings back, which cookies can't, and a restart of Redis signs nobody out.
SESSION_ENGINE = "apps.core.sessions"

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
AXES_LOCKOUT_TEMPLATE = "429.html"
AXES_DISABLE_ACCESS_LOG = True  # a row for each login, which nothing would remove
AXES_VERBOSE = False  # at each start it would say that it is there

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],  # WebSockets to the own host included
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE, *map(source_hash, client_styles())],
        "img-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# Production has them by its environment (config/telemetry.py).
SENTRY_DSN = OTEL_EXPORTER_OTLP_ENDPOINT = None

LANGUAGE_CODE = "en-us"
TIME_ZONE = "{{ cookiecutter.timezone }}"
USE_TZ = True

# Where Django sends a file, it reads it whole before, which is well for files of these sizes.
warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous iterators")

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
MEDIA_URL = "/media/"
MEDIA_ROOT = BASE_DIR / "media"
#% if cookiecutter.__static_media == "nginx"
NGINX_SENDS_UPLOADS = False
#% endif

# Only views of these modules can be mounted by a browser.
LIVEVIEW_ALLOWED_MODULES = ["apps"]
LIVEVIEW_CONFIG = {
    # Bytes. An upload chunk and its 21-byte header must fit, or djust drops the chunk and truncates the file.
    "max_message_size": 128 * 1024,
    # All keys, because djust doesn't merge this with its defaults.
    "rate_limit": {
        "rate": 100,  # messages per second of one socket
        "burst": 20,
        "max_warnings": 3,
        "reconnect_cooldown": 5,  # seconds
        # Sockets per process. An office is one address: 100 people with two pages each must fit.
        "max_connections_per_ip": 200,
        # Upload chunks. djust drops what is above, and the file lacks it: more than a gigabit line brings.
        "upload_rate": 2000,
        "upload_burst": 2000,
    },
    # Links load their page. djust would only swap the view, and keep the old page's title, menu and scripts.
    "auto_navigate": False,
}
DJUST_TRUSTED_PROXY_COUNT = 0
METRICS_PORT = None
#% if cookiecutter.celery != "none"
##%
CELERY_TIMEZONE = TIME_ZONE
#% endif
