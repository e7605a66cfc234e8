"""moto's AWS, with what a site needs there in place before it listens.

`python -m tests.aws PORT` prints the variables that the site is to be given, as one line of JSON, and serves.
Keys and policies count, as they do on AWS: the site's key may use its queue and its buckets and send metrics,
and nothing else. All is kept in memory and made alike at each start, the keys included. A second line of JSON
has the key of an operator, who may replace the queue and read metrics, and what the queue is made of.
"""

import json
import sys
from collections.abc import Iterable

import boto3
import httpx
from botocore.credentials import Credentials
from moto import server
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

from tests.signing import Signing

REGION = "eu-central-1"
QUEUE = "site"
ANY_KEY = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
# What a task role has to allow on the queue.
ALLOWED = ("ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "ReceiveMessage", "SendMessage")
STATIC_BUCKET, MEDIA_BUCKET = "site-static", "site-media"
# What a task role has to allow on the buckets: without ListBucket, a file that isn't there is "forbidden".
ALLOWED_ON_BUCKETS = ("ListBucket",)
ALLOWED_ON_OBJECTS = ("DeleteObject", "GetObject", "PutObject")
VISIBILITY_TIMEOUT = 1200  # seconds; the projects' `make doctor` compares it


def make(endpoint: str) -> tuple[dict[str, str], dict[str, dict], Signing]:
    """Make queue, dead-letter queue, buckets and keys through an endpoint.

    Return the site's variables, what the operator needs, and all of AWS as a WSGI application.
    """
    app = DomainDispatcherApplication(create_backend_app)

    def client(service: str):
        return boto3.client(service, endpoint_url=endpoint, region_name=REGION, **ANY_KEY)

    httpx.post(f"{endpoint}/moto-api/seed?a=1")
    sqs, iam = client("sqs"), client("iam")
    dead = sqs.create_queue(QueueName=f"{QUEUE}-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": 5}
    attributes = {"VisibilityTimeout": str(VISIBILITY_TIMEOUT), "RedrivePolicy": json.dumps(redrive)}
    made_of = {"QueueName": QUEUE, "Attributes": attributes}
    queue = sqs.create_queue(**made_of)["QueueUrl"]
    allowed = {
        "Effect": "Allow",
        "Action": [f"sqs:{action}" for action in ALLOWED],
        "Resource": arn.removesuffix("-dead"),
    }
    # On AWS it is cloudwatch:PutMetricData; moto goes by the name that requests are signed for.
    measure = {"Effect": "Allow", "Action": "monitoring:PutMetricData", "Resource": "*"}
    key = make_key(iam, "site", allowed, measure, *make_buckets(client("s3")))
    cdn_key = make_key(iam, "cdn", statement(["GetObject"], f"{STATIC_BUCKET}/*"))
    operate = ["sqs:CreateQueue", "sqs:DeleteQueue", "monitoring:GetMetricStatistics"]
    operator = make_key(iam, "operator", {"Effect": "Allow", "Action": operate, "Resource": "*"})
    httpx.post(f"{endpoint}/moto-api/reset-auth", content="0")  # from here on, policies count
    variables = {
        "AWS_REGION": REGION,
        "STATIC_BUCKET": STATIC_BUCKET,
        "MEDIA_BUCKET": MEDIA_BUCKET,
        "SQS_QUEUE_URL": queue,
        "AWS_ACCESS_KEY_ID": key.access_key,
        "AWS_SECRET_ACCESS_KEY": key.secret_key,
    }
    operator = {"aws_access_key_id": operator.access_key, "aws_secret_access_key": operator.secret_key}
    site = Signing(app, REGION, STATIC_BUCKET, key, cdn_key)
    return variables, {"client": operator, "queue": made_of}, site


def make_buckets(s3) -> list[dict]:
    """Make the buckets, both private, and return what the site is allowed to do with them."""
    for bucket in (STATIC_BUCKET, MEDIA_BUCKET):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    return [
        statement(ALLOWED_ON_BUCKETS, STATIC_BUCKET, MEDIA_BUCKET),
        statement(ALLOWED_ON_OBJECTS, f"{STATIC_BUCKET}/*", f"{MEDIA_BUCKET}/*"),
    ]


def make_key(iam, name: str, *statements: dict) -> Credentials:
    iam.create_user(UserName=name)
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def statement(actions: Iterable[str], *resources: str) -> dict:
    return {
        "Effect": "Allow",
        "Action": [f"s3:{action}" for action in actions],
        "Resource": [f"arn:aws:s3:::{resource}" for resource in resources],
    }


def main(port: str) -> None:
    # Made through another port: a site that finds its own open must find all of it.
    hidden = server.ThreadedMotoServer(port=0, verbose=False)
    hidden.start()
    variables, operator, application = make("http://{}:{}".format(*hidden.get_host_and_port()))
    hidden.stop()
    endpoint = f"http://127.0.0.1:{port}"
    variables |= {
        "SQS_QUEUE_URL": endpoint + "/" + variables["SQS_QUEUE_URL"].split("/", 3)[3],
        "AWS_ENDPOINT_URL": endpoint,
    }
    print(json.dumps(variables))
    operator["client"] |= {"endpoint_url": endpoint, "region_name": REGION}
    print(json.dumps(operator), flush=True)
    run_simple("127.0.0.1", int(port), application, threaded=True, request_handler=server.MotoRequestHandler)


if __name__ == "__main__":
    main(sys.argv[1])
