"""Settings of `make test`: as in development, with what makes tests fast and independent."""

import tempfile

from config.settings.dev import *

DEBUG = False
media = tempfile.TemporaryDirectory(prefix="test-media-")  # which is removed with the process
MEDIA_ROOT = media.name
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False
#% if cookiecutter.celery != "none"
##%
# Tasks run at once, in the test's own process, and their errors reach the test.
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
#% endif
