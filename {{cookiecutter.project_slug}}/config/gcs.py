"""Buckets of Google Cloud Storage. Each option is explained in
https://django-storages.readthedocs.io/en/latest/backends/gcloud.html
"""

from datetime import timedelta
from typing import Any

from config.env import Production


def upload_bucket(env: Production) -> dict[str, Any]:
    return bucket(
        bucket_name=env.MEDIA_BUCKET,
        file_overwrite=False,
        expiration=timedelta(hours=1),  # for which the address of a file can be used
        iam_sign_blob=True,  # the platform gives a process an identity, and no key that could sign
        object_parameters={"content_disposition": "attachment"},  # no browser shows what somebody uploaded
        max_memory_size=1024 * 1024,  # bytes; what is larger is read through a temporary file
    )


def static_bucket(env: Production) -> dict[str, Any]:
    return bucket(
        bucket_name=env.STATIC_BUCKET,
        location="static",
        querystring_auth=False,
        # The name of a file changes with its content.
        object_parameters={"cache_control": "public, max-age=31536000, immutable"},
    )


def bucket(**options: Any) -> dict[str, Any]:
    return {"BACKEND": "storages.backends.gcloud.GoogleCloudStorage", "OPTIONS": options}
