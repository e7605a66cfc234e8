from pathlib import Path

import pytest

from config import env

COMPLETE = {
    "SECRET_KEY": "s" * 50,
    "ALLOWED_HOSTS": "a.example,b.example",
    "DATABASE_URL": "postgresql://ada:secret@localhost/ada",
    "TRUSTED_PROXY": "none",
    "REDIS_STATE_URL": "redis://:secret@localhost/0",
    "REDIS_CHANNEL_URL": "rediss://localhost:6380/1",
#% if cookiecutter.__broker == "sqs"
    "AWS_REGION": "eu-central-1",
    "SQS_QUEUE_URL": "{{ cookiecutter.__broker_url }}",
#% elif cookiecutter.celery != "none"
    "CELERY_BROKER_URL": "{{ cookiecutter.__broker_url }}",
#% endif
}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch):
    for name in env.Production.model_fields:
        monkeypatch.delenv(name, raising=False)


def load(**values):
    return env.load(env.Production, **values)


def test_values_are_typed():
    values = load(**COMPLETE, UPLOAD_MAX_BYTES="10", ASGI_SERVE_STATIC="true")
    assert values.ALLOWED_HOSTS == ["a.example", "b.example"]
    assert values.UPLOAD_MAX_BYTES == 10
    assert values.ASGI_SERVE_STATIC is True


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
    "LOG_LEVEL": ["LOUD"],
    "UPLOAD_MAX_BYTES": ["5 MB", "0"],
    "TRUSTED_PROXY": ["squid", "nginx "],
    "REDIS_STATE_URL": ["memory", "redis", "http://localhost", "redis://", "redis://:p4ss/w0rd@localhost"],
    "REDIS_CHANNEL_URL": ["redis+sentinel://localhost"],
#% if cookiecutter.__broker == "sqs"
    "AWS_REGION": ["Frankfurt", "eu-central"],
    "SQS_QUEUE_URL": ["default", "https://sqs.eu-central-1.amazonaws.com"],
#% elif cookiecutter.celery != "none"
    "CELERY_BROKER_URL": ["memory://"],
#% endif
    "SESSION_TTL": ["0", "two hours"],
    "ASGI_SERVE_STATIC": ["perhaps"],
    "WEB_CONCURRENCY": ["0"],
    "WEBSOCKET_COMPRESSION": ["deflate"],
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
