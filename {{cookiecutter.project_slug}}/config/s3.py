"""Buckets of Amazon S3. Each option is explained in
https://django-storages.readthedocs.io/en/latest/backends/amazon-S3.html
"""

from typing import Any

from botocore.config import Config

from config.env import Production

CLIENT = Config(
    signature_version="s3v4",
    # Seconds. By default an upload would hold its thread for minutes while S3 is away.
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 3},
)


def upload_bucket(env: Production) -> dict[str, Any]:
    return bucket(
        env,
        bucket_name=env.MEDIA_BUCKET,
        file_overwrite=False,
        querystring_expire=3600,  # seconds that the address of a file can be used
        object_parameters={"ContentDisposition": "attachment"},  # no browser shows what somebody uploaded
        max_memory_size=1024 * 1024,  # bytes; what is larger is read through a temporary file
    )


def static_bucket(env: Production) -> dict[str, Any]:
    return bucket(
        env,
        bucket_name=env.STATIC_BUCKET,
        location="static",
        querystring_auth=False,
        # The name of a file changes with its content.
        object_parameters={"CacheControl": "public, max-age=31536000, immutable"},
    )


def bucket(env: Production, **options: Any) -> dict[str, Any]:
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"region_name": env.AWS_REGION, "client_config": CLIENT, **options},
    }
