"""Every environment variable the project reads, declared once: this module is the only reader.

`python -m config.env` prints .env.example.
"""

import os
import re
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import dj_database_url
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError, field_validator


@dataclass(frozen=True)
class Proxy:
    """What stands between the browsers and this server.

    `hops` is how many addresses at the right end of X-Forwarded-For this proxy writes itself: the leftmost of
    them is the client's, and all further left is whatever the client claims. `idle` is how many seconds it
    keeps an unused connection to us open.
    """

    hops: int
    idle: int

    @property
    def ssl_header(self) -> tuple[str, str] | None:
        return ("HTTP_X_FORWARDED_PROTO", "https") if self.hops else None


PROXIES = {
    "none": Proxy(hops=0, idle=0),
    "nginx": Proxy(hops=1, idle=60),
    "aws-alb": Proxy(hops=1, idle=60),
    # https://developers.cloudflare.com/fundamentals/reference/connection-limits/
    "cloudflare": Proxy(hops=1, idle=900),
    # The last address is the application's own: https://fly.io/docs/networking/request-headers/
    "fly": Proxy(hops=2, idle=60),
    # The last address is the load balancer's: https://cloud.google.com/load-balancing/docs/https
    "gcp-lb": Proxy(hops=2, idle=600),
}

#% if cookiecutter.__database_pooling == "managed"
# What libpq has to be told for it to refuse a connection in plain text. The first two also check who answers,
# with the certificate that sslrootcert names: https://www.postgresql.org/docs/current/libpq-ssl.html
ENCRYPTED = ("verify-full", "verify-ca", "require")

#% endif
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]", re.IGNORECASE)


def split_commas(value: Any) -> Any:
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def plain_host(value: str) -> str:
    # A wildcard would let pages of other sites open WebSockets with a visitor's cookies.
    if not HOST.fullmatch(value):
        raise ValueError("each must be one host, without a wildcard, scheme, port or path")
    return value


def known_database(value: str) -> str:
    try:
        dj_database_url.parse(value)
    except ValueError:
        # The original message can quote a part of the password.
        raise ValueError("it is not the URL of a database that Django knows") from None
    return value


def url_of(*schemes: str) -> Callable[[str], str]:
    """Return a check for URLs with a host and one of the schemes; its message never quotes the URL."""

    def check(value: str) -> str:
        try:
            url = urlsplit(value)
            valid = url.scheme in schemes and url.hostname and (url.port or True)
        except ValueError:
            valid = False
        if not valid:
            raise ValueError(f"it must be {' or '.join(f'{scheme}://host...' for scheme in schemes)}")
        return value

    return check


Host = Annotated[str, AfterValidator(plain_host)]
CommaSeparatedHosts = Annotated[list[Host], BeforeValidator(split_commas)]
DatabaseURL = Annotated[str, BeforeValidator(known_database)]
#% if cookiecutter.__static_media == "cdn"
BucketName = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$")]
#% endif
RedisURL = Annotated[str, AfterValidator(url_of("redis", "rediss"))]
#% if cookiecutter.tier == "scale"
CommaSeparatedRedisURLs = Annotated[list[RedisURL], BeforeValidator(split_commas)]
#% endif
WebURL = Annotated[str, AfterValidator(url_of("http", "https"))]
E = TypeVar("E", bound="Env")


class Env(BaseModel):
    """One field per variable. A field without a default is required."""

    SECRET_KEY: str = Field(
        min_length=50,
        examples=["what-openssl-rand-base64-48-prints"],
        description="Signs sessions and tokens: 50 or more random characters. "
        "Changing it signs everybody out.",
    )
    ALLOWED_HOSTS: CommaSeparatedHosts = Field(
        min_length=1,
        examples=["{{ cookiecutter.domain_name }}"],
        description="Host names the site is served under, separated by commas. "
        "WebSockets are accepted from pages of these hosts only.",
    )
    DATABASE_URL: DatabaseURL = Field(
        examples=["{{ cookiecutter.__database_url }}"],
        description="The database, as {{ 'a URL' if cookiecutter.__database_pooling == 'direct' else 'the URL of its pooler' }}.",
    )
    LOG_LEVEL: str = Field(
        default="INFO",
        pattern="^(DEBUG|INFO|WARNING|ERROR)$",
        examples=["WARNING"],
        description="Least severe level that is logged: DEBUG, INFO, WARNING or ERROR.",
    )
    UPLOAD_MAX_BYTES: int = Field(
        default=5_000_000,
        gt=0,
        examples=["20000000"],
        description="Largest file that can be uploaded, in bytes.",
    )


class Production(Env):
    """What only production reads, beside the above."""

#% if cookiecutter.__database_pooling != "direct"
    DATABASE_DIRECT_URL: DatabaseURL = Field(
        examples=["{{ cookiecutter.__database_direct_url }}"],
        description="The same database past its pooler, for migrations and what else needs a session.",
    )
#% endif
#% if cookiecutter.__database_pooling == "managed" and cookiecutter.cloud == "aws"
    DATABASE_IAM_AUTH: bool = Field(
        default=False,
        examples=["true"],
        description="Whether the role of the task logs in to RDS Proxy, instead of DATABASE_URL's password. "
        "DATABASE_DIRECT_URL keeps its password.",
    )
#% endif
#% if cookiecutter.tier == "scale"
    DATABASE_REPLICA_URL: DatabaseURL = Field(
        examples=["postgresql://user:password@replica:5432/{{ cookiecutter.project_slug }}{{ cookiecutter.__database_tls }}"],
        description="A streaming replica of the database, as a URL. Pages are read from it.",
    )
#% endif
    TRUSTED_PROXY: str = Field(
        pattern=f"^({'|'.join(PROXIES)})$",
        examples=["{{ cookiecutter.__trusted_proxy }}"],
        description=f"What stands between browsers and this server: {', '.join(PROXIES)}. "
        "Its X-Forwarded-Proto and X-Forwarded-For are believed: nothing else may reach this server's port.",
    )
#% if cookiecutter.__calls_aws
    AWS_REGION: str = Field(
        pattern="^[a-z]+(-[a-z]+)+-[0-9]+$",
        examples=["eu-central-1"],
        description="The region of AWS that the project runs in.",
    )
#% endif
#% if cookiecutter.tier == "scale"
    REDIS_STATE_URL: RedisURL = Field(
        examples=["redis://localhost:6379"],
        description="Redis Cluster for presence and the state of live views: a name of one of its nodes, "
        "or better of all.",
    )
    REDIS_CHANNEL_URLS: CommaSeparatedRedisURLs = Field(
        min_length=1,
        examples=["redis://localhost:6380,redis://localhost:6381"],
        description="Redis servers that share the messages between processes (Django Channels), separated "
        "by commas. All processes must have the same list, in the same order.",
    )
    REDIS_CACHE_URL: RedisURL = Field(
        examples=["redis://localhost:6382"],
        description="Redis for the cache: a server of its own, because this one evicts.",
    )
#% else
    REDIS_STATE_URL: RedisURL = Field(
        examples=["redis://localhost:6379/0"],
        description="Redis for presence and the state of live views.",
    )
    REDIS_CHANNEL_URL: RedisURL = Field(
        examples=["redis://localhost:6379/1"],
        description="Redis for messages between processes (Django Channels).",
    )
#% endif
#% if cookiecutter.__broker == "sqs"
    SQS_QUEUE_URL: str = Field(
        pattern="^https?://.+/.+/.+",
        examples=["{{ cookiecutter.__broker_url }}"],
        description="The queue of Celery's tasks, which must exist. "
        "Access to it comes from where boto3 looks: on AWS, the role of the task.",
    )
#% elif cookiecutter.celery != "none"
    CELERY_BROKER_URL: str = Field(
        pattern="^{{ cookiecutter.__broker_schemes }}://",
        examples=["{{ cookiecutter.__broker_url }}"],
        description="Where Celery queues its tasks.",
    )
#% endif
#% if cookiecutter.__static_media == "cdn"
    CDN_DOMAIN: str = Field(
        pattern="^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]+)?$",
        examples=["static.{{ cookiecutter.domain_name }}"],
        description="The host that the CDN serves static files under: "
        "its /static/ is the folder static of STATIC_BUCKET.",
    )
    STATIC_BUCKET: BucketName = Field(
        examples=["{{ cookiecutter.project_slug.replace('_', '-') }}-static"],
        description="The bucket of static files, which {{ 'everybody may read' if cookiecutter.cloud == 'gcp' else 'only the CDN needs to read' }}.",
    )
    MEDIA_BUCKET: BucketName = Field(
        examples=["{{ cookiecutter.project_slug.replace('_', '-') }}-media"],
        description="The bucket of uploads. It must be private: people get addresses that expire.",
    )
#% endif
#% if cookiecutter.__static_media == "cdn" and cookiecutter.cloud == "self-hosted"
    R2_ENDPOINT_URL: str = Field(
        pattern="^https?://[^/]+$",
        examples=["https://account.r2.cloudflarestorage.com"],
        description="The S3 API of the account at Cloudflare R2.",
    )
    R2_ACCESS_KEY_ID: str = Field(
        min_length=1,
        examples=["the-id-of-an-r2-token"],
        description="The key that may read and write objects of both buckets.",
    )
    R2_SECRET_ACCESS_KEY: str = Field(
        min_length=1,
        examples=["the-secret-of-that-token"],
        description="The secret of this key.",
    )
#% endif
#% if cookiecutter.__broker == "rabbitmq"
    RABBITMQ_MANAGEMENT_URL: Annotated[str, AfterValidator(url_of("http", "https"))] = Field(
        examples=["http://localhost:15672"],
        description="RabbitMQ's management plugin, which knows how many tasks wait and run. "
        "It is asked with the broker's user, who needs the tag `monitoring`.",
    )
#% endif
#% if cookiecutter.tier == "scale"
    OPENSEARCH_URL: Annotated[str, AfterValidator(url_of("https", "http"))] = Field(
        examples=["https://user:password@localhost:9200"],
        description="OpenSearch, which finds documents. Its certificate is verified.",
    )
#% endif
#% if cookiecutter.celery != "none" and cookiecutter.cloud == "aws"
    CLOUDWATCH_NAMESPACE: str = Field(
        default="{{ cookiecutter.project_slug }}",
        pattern="^[0-9A-Za-z._/#:-]{1,255}$",
        examples=["{{ cookiecutter.project_slug }}-staging"],
        description="Where CloudWatch keeps the metric that workers are scaled on: "
        "a namespace of its own for each environment.",
    )
#% endif
    SESSION_TTL: int = Field(
        default=7200,
        gt=0,
        examples=["14400"],
        description="Seconds that djust's own copy of a live view is kept in Redis after its last change. "
        "What a reconnect brings back is in the Django session, and is there for as long as that.",
    )
#% if cookiecutter.__static_media != "cdn"
    ASGI_SERVE_STATIC: bool = Field(
        default={{ cookiecutter.__static_media == "whitenoise" }},
        examples=["{{ 'false' if cookiecutter.__static_media == 'whitenoise' else 'true' }}"],
        description="Whether this server answers /static/ itself, from what collectstatic gathered.",
    )
#% endif
    WEB_CONCURRENCY: int | None = Field(
        default=None,
        gt=0,
        examples=["4"],
        description="Number of server processes; as many as CPUs, and at least 2, where it is not set.",
    )
    METRICS_PORT: int = Field(
        default=9180,
        gt=0,
        examples=["9181"],
        description="Where each process serves its metrics to Prometheus, on all addresses: "
        "nothing outside the private network may reach this port.",
    )
    WEBSOCKET_COMPRESSION: bool = Field(
        default=True,
        examples=["false"],
        description="Whether WebSocket messages are compressed. "
        "It takes about 45 KB of memory per open page; switch it off behind a CDN that compresses.",
    )
    SENTRY_DSN: WebURL | None = Field(
        default=None,
        examples=["https://key@sentry.example.com/1"],
        description="Where Sentry takes errors. Its SDK also reads SENTRY_ENVIRONMENT and SENTRY_RELEASE.",
    )
    OTEL_EXPORTER_OTLP_ENDPOINT: WebURL | None = Field(
        default=None,
        examples=["http://localhost:4318"],
        description="The collector of OpenTelemetry that takes traces, over HTTP. "
        "Its SDK also reads the other variables that begin with OTEL_, such as OTEL_TRACES_SAMPLER.",
    )

#% if cookiecutter.tier == "scale"
    @field_validator("DATABASE_URL", "DATABASE_DIRECT_URL", "DATABASE_REPLICA_URL")
#% elif cookiecutter.__database_pooling != "direct"
    @field_validator("DATABASE_URL", "DATABASE_DIRECT_URL")
#% else
    @field_validator("DATABASE_URL")
#% endif
    @classmethod
    def is_postgresql(cls, value: str) -> str:
        database = dj_database_url.parse(value)
        if database["ENGINE"] != "django.db.backends.postgresql":
            raise ValueError("production needs PostgreSQL")
#% if cookiecutter.__database_pooling == "managed"
        if database.get("OPTIONS", {}).get("sslmode") not in ENCRYPTED:
            raise ValueError(f"it must say ?sslmode= and one of {', '.join(ENCRYPTED)}")
#% endif
        return value


def load(model: type[E], /, **defaults: str) -> E:
    """Read the environment; `defaults` stand in for variables that are not set.

    Stops the process with the name, the reason and an example for each variable that is missing or wrong.
    """
    try:
        return model.model_validate(defaults | dict(os.environ))
    except ValidationError as error:
        problems = [explain(model, problem) for problem in error.errors()]
        sys.exit("\n".join(["The environment is not complete:", *problems]))


def explain(model: type[Env], error: Any) -> str:
    name = error["loc"][0]
    field = model.model_fields[name]
    problem = "is missing" if error["type"] == "missing" else f"is wrong ({error['msg']})"
    return f"  {name} {problem}. {field.description}\n    Example: {name}={field.examples[0]}"


def dotenv() -> str:
    """Return the text of .env.example: required variables first, the others commented out."""
    fields = sorted(Production.model_fields.items(), key=lambda item: not item[1].is_required())
    return "\n".join(
        f"{textwrap.fill(field.description, 98, initial_indent='# ', subsequent_indent='# ')}\n"
        f"{'' if field.is_required() else '# '}{name}={field.examples[0]}\n"
        for name, field in fields
    )


if __name__ == "__main__":
    print(dotenv(), end="")
