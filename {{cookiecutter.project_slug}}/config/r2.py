"""Buckets of Cloudflare R2, which speaks the language of Amazon S3. Each option is explained in
https://django-storages.readthedocs.io/en/latest/backends/amazon-S3.html
"""

from typing import Any

from botocore.config import Config

from config.env import Production

CLIENT = Config(
    signature_version="s3v4",
    # R2 refuses what boto3 appends to an upload: https://github.com/cloudflare/cloudflare-docs/pull/19236
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    # Seconds. By default an upload would hold its thread for minutes while R2 is away.
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
    connection = {
        "endpoint_url": env.R2_ENDPOINT_URL,
        "region_name": "auto",
        "access_key": env.R2_ACCESS_KEY_ID,
        "secret_key": env.R2_SECRET_ACCESS_KEY,
        "client_config": CLIENT,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": connection | options}
