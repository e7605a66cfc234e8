import boto3
import pytest
from botocore.stub import Stubber

from apps.ops import cloudwatch


class EndOfTestError(Exception):
    """Ends what would go on for ever."""


class Beat:
    lock = "held"


@pytest.fixture
def client(monkeypatch, settings):
    """CloudWatch that expects one number, and a clock that stops after two minutes."""
    settings.AWS_REGION = "eu-central-1"
    settings.CLOUDWATCH_NAMESPACE = "project-staging"
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    client = boto3.client("cloudwatch", region_name="eu-central-1", **keys)
    monkeypatch.setattr(cloudwatch.boto3, "client", lambda *args, **kwargs: client)
    minutes = iter([None])

    def sleep(seconds):
        if next(minutes, "over") == "over":
            raise EndOfTestError

    monkeypatch.setattr(cloudwatch.time, "sleep", sleep)
    return client


def test_the_next_minute_is_tried_after_a_failure(client, monkeypatch, caplog):
    backlogs = iter([OSError("redis://:secret@localhost refused"), 60])

    def backlog():
        number = next(backlogs)
        if isinstance(number, OSError):
            raise number
        return number

    monkeypatch.setattr(cloudwatch, "backlog", backlog)
    metric = {"MetricName": "QueueBacklog", "Value": 60, "Unit": "Count"}
    with Stubber(client) as stub:
        stub.add_response("put_metric_data", {}, {"Namespace": "project-staging", "MetricData": [metric]})
        with pytest.raises(EndOfTestError):
            cloudwatch.publish_for_ever(Beat())
        stub.assert_no_pending_responses()
    assert "The backlog was not published (OSError)" in caplog.text
    assert "secret" not in caplog.text
