from pathlib import Path

import pytest

from config import env

COMPLETE = {
    "SECRET_KEY": "s" * 50,
    "ALLOWED_HOSTS": "a.example,b.example",
    "DATABASE_URL": "{{ cookiecutter.__database_url }}",
#% if cookiecutter.__database_pooling != "direct"
    "DATABASE_DIRECT_URL": "{{ cookiecutter.__database_direct_url }}",
#% endif
#% if cookiecutter.tier == "scale"
    "DATABASE_REPLICA_URL": "{{ cookiecutter.__database_direct_url }}",
#% endif
    "TRUSTED_PROXY": "none",
    "REDIS_STATE_URL": "redis://:secret@localhost/0",
#% if cookiecutter.tier == "scale"
    "REDIS_CHANNEL_URLS": "rediss://localhost:6380, redis://localhost:6381",
    "REDIS_CACHE_URL": "redis://localhost:6382",
#% else
    "REDIS_CHANNEL_URL": "rediss://localhost:6380/1",
#% endif
#% if cookiecutter.__calls_aws
    "AWS_REGION": "eu-central-1",
#% endif
#% if cookiecutter.__broker == "sqs"
    "SQS_QUEUE_URL": "{{ cookiecutter.__broker_url }}",
#% elif cookiecutter.celery != "none"
    "CELERY_BROKER_URL": "{{ cookiecutter.__broker_url }}",
#% endif
#% if cookiecutter.__broker == "rabbitmq"
    "RABBITMQ_MANAGEMENT_URL": "http://localhost:15672",
#% endif
#% if cookiecutter.__static_media == "cdn"
    "CDN_DOMAIN": "static.example.com",
    "STATIC_BUCKET": "ada-static",
    "MEDIA_BUCKET": "ada-media",
#% endif
#% if cookiecutter.__static_media == "cdn" and cookiecutter.cloud == "self-hosted"
    "R2_ENDPOINT_URL": "https://ada.r2.cloudflarestorage.com",
    "R2_ACCESS_KEY_ID": "ada",
    "R2_SECRET_ACCESS_KEY": "secret",
#% endif
#% if cookiecutter.tier == "scale"
    "OPENSEARCH_URL": "https://ada:secret@localhost:9200",
#% endif
}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch):
    for name in env.Production.model_fields:
        monkeypatch.delenv(name, raising=False)


def load(**values):
    return env.load(env.Production, **values)


def test_values_are_typed():
    values = load(**COMPLETE, UPLOAD_MAX_BYTES="10", WEBSOCKET_COMPRESSION="false")
    assert values.ALLOWED_HOSTS == ["a.example", "b.example"]
    assert values.UPLOAD_MAX_BYTES == 10
    assert values.WEBSOCKET_COMPRESSION is False


def test_environment_wins_over_defaults(monkeypatch):
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    assert load(**COMPLETE, LOG_LEVEL="DEBUG").LOG_LEVEL == "ERROR"


@pytest.mark.parametrize("missing", COMPLETE)
def test_missing_variable_stops_with_name_and_example(missing):
    incomplete = {name: value for name, value in COMPLETE.items() if name != missing}
    with pytest.raises(SystemExit, match=rf"{missing} is missing(.|\n)*Example: {missing}="):
        load(**incomplete)


WRONG = {
    "SECRET_KEY": ["short"],
    "ALLOWED_HOSTS": [" , ", "*", "*.example.com", ".example.com", "https://example.com", "example.com:443"],
    "DATABASE_URL": ["oracul://x", "sqlite://", "postgresql://ada:p4ss/w0rd@localhost/ada"],
#% if cookiecutter.__database_pooling == "pgbouncer"
    "DATABASE_DIRECT_URL": ["sqlite://"],
#% elif cookiecutter.__database_pooling == "managed"
    "DATABASE_DIRECT_URL": ["postgresql://localhost/ada", "postgresql://localhost/ada?sslmode=prefer"],
#% endif
#% if cookiecutter.__database_pooling == "managed" and cookiecutter.cloud == "aws"
    "DATABASE_IAM_AUTH": ["role"],
#% endif
#% if cookiecutter.tier == "scale"
    "DATABASE_REPLICA_URL": ["sqlite://"],
#% endif
    "LOG_LEVEL": ["LOUD"],
    "UPLOAD_MAX_BYTES": ["5 MB", "0"],
    "TRUSTED_PROXY": ["squid", "nginx "],
    "REDIS_STATE_URL": ["memory", "redis", "http://localhost", "redis://", "redis://:p4ss/w0rd@localhost"],
#% if cookiecutter.tier == "scale"
    "REDIS_CHANNEL_URLS": [" , ", "redis://localhost,localhost"],
    "REDIS_CACHE_URL": ["memcached://localhost"],
#% else
    "REDIS_CHANNEL_URL": ["redis+sentinel://localhost"],
#% endif
#% if cookiecutter.__calls_aws
    "AWS_REGION": ["Frankfurt", "eu-central"],
#% endif
#% if cookiecutter.__broker == "sqs"
    "SQS_QUEUE_URL": ["default", "https://sqs.eu-central-1.amazonaws.com"],
#% elif cookiecutter.celery != "none"
    "CELERY_BROKER_URL": ["memory://"],
#% endif
#% if cookiecutter.celery != "none" and cookiecutter.cloud == "aws"
    "CLOUDWATCH_NAMESPACE": ["two words"],
#% endif
#% if cookiecutter.__broker == "rabbitmq"
    "RABBITMQ_MANAGEMENT_URL": ["localhost:15672", "amqp://localhost"],
#% endif
#% if cookiecutter.__static_media == "cdn"
    "CDN_DOMAIN": ["https://static.example.com", "static.example.com/", "*.example.com"],
    "STATIC_BUCKET": ["s3://ada", "Ada"],
    "MEDIA_BUCKET": ["ada/media"],
#% endif
#% if cookiecutter.__static_media == "cdn" and cookiecutter.cloud == "self-hosted"
    "R2_ENDPOINT_URL": ["ada.r2.cloudflarestorage.com", "https://ada.r2.cloudflarestorage.com/ada-media"],
    "R2_ACCESS_KEY_ID": [],
    "R2_SECRET_ACCESS_KEY": [],
#% endif
#% if cookiecutter.tier == "scale"
    "OPENSEARCH_URL": ["localhost:9200", "tcp://localhost", "https://ada:p4ss/w0rd@localhost"],
#% endif
    "SESSION_TTL": ["0", "two hours"],
#% if cookiecutter.__static_media != "cdn"
    "ASGI_SERVE_STATIC": ["perhaps"],
#% endif
    "WEB_CONCURRENCY": ["0"],
    "METRICS_PORT": ["0", "all"],
    "WEBSOCKET_COMPRESSION": ["deflate"],
    "SENTRY_DSN": ["on", "key@sentry.example.com/1"],
    "OTEL_EXPORTER_OTLP_ENDPOINT": ["localhost:4318", "grpc://localhost:4317"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in [*values, ""]]
)
def test_wrong_or_blank_value_stops_with_name_and_example(name, value):
    with pytest.raises(SystemExit, match=rf"{name} is wrong(.|\n)*Example: {name}=") as stopped:
        load(**COMPLETE | {name: value})
    assert not any(secret in str(stopped.value) for secret in ("p4ss", "w0rd"))


def test_every_variable_is_tried_with_wrong_values():
    assert WRONG.keys() == env.Production.model_fields.keys()


def test_env_example_is_up_to_date():
    assert Path(".env.example").read_text() == env.dotenv(), "run: make env-example"
