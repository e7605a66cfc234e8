from pathlib import Path

import pytest

from config import env

COMPLETE = {"SECRET_KEY": "s" * 50, "ALLOWED_HOSTS": "a.example,b.example", "DATABASE_URL": "sqlite://"}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch):
    for name in env.Env.model_fields:
        monkeypatch.delenv(name, raising=False)


def test_values_are_typed():
    values = env.load(**COMPLETE, UPLOAD_MAX_BYTES="10")
    assert values.ALLOWED_HOSTS == ["a.example", "b.example"]
    assert values.UPLOAD_MAX_BYTES == 10


def test_environment_wins_over_defaults(monkeypatch):
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    assert env.load(**COMPLETE, LOG_LEVEL="DEBUG").LOG_LEVEL == "ERROR"


@pytest.mark.parametrize("missing", COMPLETE)
def test_missing_variable_stops_with_name_and_example(missing):
    incomplete = {name: value for name, value in COMPLETE.items() if name != missing}
    with pytest.raises(SystemExit, match=rf"{missing} is missing(.|\n)*Example: {missing}="):
        env.load(**incomplete)


@pytest.mark.parametrize(
    "wrong",
    [
        {"SECRET_KEY": "short"},
        {"ALLOWED_HOSTS": " , "},
        {"DATABASE_URL": "oracul://x"},
        {"LOG_LEVEL": "LOUD"},
        {"UPLOAD_MAX_BYTES": "5 MB"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_wrong_value_stops_with_name_and_example(wrong):
    name = next(iter(wrong))
    with pytest.raises(SystemExit, match=rf"{name} is wrong(.|\n)*Example: {name}="):
        env.load(**COMPLETE | wrong)


def test_env_example_is_up_to_date():
    assert Path(".env.example").read_text() == env.dotenv(), "run: make env-example"
