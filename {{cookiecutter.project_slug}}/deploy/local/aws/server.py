"""Amazon's SQS, S3 and CloudWatch for `make up`: moto, which keeps all in memory and takes any key.

It makes what the variables of the project name, and doesn't listen before that is there.
"""

import json
import logging
import os
import signal
import sys

import boto3
from moto.server import ThreadedMotoServer

PORT = int(os.environ.get("PORT", "9000"))
ANY_KEY = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
PUBLIC = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
VISIBILITY_TIMEOUT = 1200  # seconds, as `manage.py doctor` wants it


def create(endpoint: str, variables: dict[str, str]) -> None:
    """Make the queue and the buckets that the variables name, as far as they name them."""
    if "SQS_QUEUE_URL" in variables:
        sqs = boto3.client("sqs", endpoint_url=endpoint, region_name=variables["AWS_REGION"], **ANY_KEY)
        create_queue(sqs, variables["SQS_QUEUE_URL"].rpartition("/")[2])
    if "MEDIA_BUCKET" in variables:
        # The one region whose buckets need not say so; moto answers for any.
        s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **ANY_KEY)
        s3.create_bucket(Bucket=variables["MEDIA_BUCKET"])
        create_public_bucket(s3, variables["STATIC_BUCKET"])


def create_queue(sqs, name: str) -> None:
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
    attributes = {"VisibilityTimeout": str(VISIBILITY_TIMEOUT), "RedrivePolicy": redrive}
    sqs.create_queue(QueueName=name, Attributes=attributes)


def create_public_bucket(s3, name: str) -> None:
    s3.create_bucket(Bucket=name)
    statement = PUBLIC | {"Resource": f"arn:aws:s3:::{name}/*"}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": statement}))


def start(address: str, port: int = 0) -> str:
    """Serve all that this process has; return the endpoint, whose port is a free one by default."""
    server = ThreadedMotoServer(address, port, verbose=False)
    server.start()
    return "http://{}:{}".format(*server.get_host_and_port())


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    create(start("127.0.0.1"), dict(os.environ))
    start("0.0.0.0", PORT)  # noqa: S104 (its container has the only way to it)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    signal.pause()
