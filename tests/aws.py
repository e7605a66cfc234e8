"""moto's AWS, with what a site needs there in place before it listens.

`python -m tests.aws PORT` prints the variables that the site is to be given, as one line of JSON, and serves.
Keys and policies count, as they do on AWS: the site's key may use its queue, and nothing else. All is kept in
memory and made alike at each start, the key included.
"""

import json
import sys

import boto3
import httpx
from moto import server

REGION = "eu-central-1"
QUEUE = "site"
ANY_KEY = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
# What a task role has to allow on the queue.
ALLOWED = ("ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "ReceiveMessage", "SendMessage")
VISIBILITY_TIMEOUT = 1200  # seconds; the projects' `make doctor` compares it


def make(endpoint: str) -> dict[str, str]:
    """Make queue, dead-letter queue and key through an endpoint, and return the site's variables."""

    def client(service: str):
        return boto3.client(service, endpoint_url=endpoint, region_name=REGION, **ANY_KEY)

    httpx.post(f"{endpoint}/moto-api/seed?a=1")
    sqs, iam = client("sqs"), client("iam")
    dead = sqs.create_queue(QueueName=f"{QUEUE}-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": 5}
    attributes = {"VisibilityTimeout": str(VISIBILITY_TIMEOUT), "RedrivePolicy": json.dumps(redrive)}
    queue = sqs.create_queue(QueueName=QUEUE, Attributes=attributes)["QueueUrl"]
    allowed = {
        "Effect": "Allow",
        "Action": [f"sqs:{action}" for action in ALLOWED],
        "Resource": arn.removesuffix("-dead"),
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.create_user(UserName="site")
    iam.put_user_policy(UserName="site", PolicyName="site", PolicyDocument=policy)
    key = iam.create_access_key(UserName="site")["AccessKey"]
    httpx.post(f"{endpoint}/moto-api/reset-auth", content="0")  # from here on, policies count
    return {
        "AWS_REGION": REGION,
        "SQS_QUEUE_URL": queue,
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }


def main(port: str) -> None:
    # Made through another port: a site that finds its own open must find all of it.
    hidden = server.ThreadedMotoServer(port=0, verbose=False)
    hidden.start()
    variables = make("http://{}:{}".format(*hidden.get_host_and_port()))
    hidden.stop()
    endpoint = f"http://127.0.0.1:{port}"
    variables |= {
        "SQS_QUEUE_URL": endpoint + "/" + variables["SQS_QUEUE_URL"].split("/", 3)[3],
        "AWS_ENDPOINT_URL_SQS": endpoint,
    }
    print(json.dumps(variables), flush=True)
    server.main(["--host", "127.0.0.1", "--port", port])


if __name__ == "__main__":
    main(sys.argv[1])
