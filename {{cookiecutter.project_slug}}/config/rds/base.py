"""Django's PostgreSQL backend with a token of AWS for a password, as RDS Proxy takes it."""

from functools import cache
from typing import Any

import boto3
from botocore.client import BaseClient
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        # Signed here, without a request to AWS. It lets in for 15 minutes, so each connection gets its own.
        token = rds(self.settings_dict["AWS_REGION"]).generate_db_auth_token(
            params["host"], params.get("port", 5432), params["user"]
        )
        return params | {"password": token}


@cache
def rds(region: str) -> BaseClient:
    return boto3.client("rds", region_name=region)
