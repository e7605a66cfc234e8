"""Where files are kept in production."""

from typing import Any

from config.env import Production
#% if cookiecutter.__static_media == "cdn" and cookiecutter.cloud == "aws"
from config.s3 import static_bucket, upload_bucket
#% elif cookiecutter.__static_media == "cdn" and cookiecutter.cloud == "gcp"
from config.gcs import static_bucket, upload_bucket
#% elif cookiecutter.__static_media == "cdn"
from config.r2 import static_bucket, upload_bucket
#% endif
##%
##%
def storages(env: Production) -> dict[str, Any]:
#% if cookiecutter.__static_media == "cdn"
    """Return Django's STORAGES: static files in a bucket that the CDN shows to all, uploads in a private one.

    collectstatic gathers static files in STATIC_ROOT, under names with a hash of the content, and beside them
    the list of these names, which each process reads. upload_static brings them to the CDN's bucket.
    """
    return {
        "default": upload_bucket(env),
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
        "static_bucket": static_bucket(env),
    }
#% else
    """Return Django's STORAGES: uploads in MEDIA_ROOT, static files in STATIC_ROOT."""
    return {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        # Names with a hash of the content, so that browsers may keep files for ever, and a .gz beside each.
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
#% endif
