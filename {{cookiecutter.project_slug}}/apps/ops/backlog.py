"""How many tasks the workers have before them: what autoscaling, alarms and people go by."""

#% if cookiecutter.__broker == "sqs"
from apps.core.health import queue_attributes
#% elif cookiecutter.__broker == "rabbitmq"
import base64
import json
from urllib.parse import quote
from urllib.request import Request, urlopen

from celery import current_app
from django.conf import settings

from apps.core.health import TIMEOUT
#% else
from celery import current_app

from apps.core.health import TIMEOUT
#% endif
#% if cookiecutter.__broker == "sqs"
##%
# What waits, what a worker has taken, and what is not due yet.
COUNTED = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


def backlog() -> int:
    """Return the number of tasks that are queued or running, as SQS estimates it.

    What runs must count: a full worker may leave nothing in the queue. Raises what boto3 raises.
    """
    return sum(int(attributes[name]) for attributes in queue_attributes().values() for name in COUNTED)
#% elif cookiecutter.__broker == "rabbitmq"
##%
##%
def backlog() -> int:
    """Return the number of tasks that are queued or running, as RabbitMQ counted them up to 5 s ago.

    What runs must count: a full worker may leave nothing in the queue. AMQP itself only tells what waits.
    Raises OSError where RabbitMQ doesn't answer, or doesn't have one of the queues yet.
    """
    broker = current_app.connection_for_read()
    credentials = base64.b64encode(f"{broker.userid}:{broker.password}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}"}
    queues = f"{settings.RABBITMQ_MANAGEMENT_URL}/api/queues/{quote(broker.virtual_host, safe='')}"
    tasks = 0
    for name in current_app.amqp.queues:
        request = Request(f"{queues}/{quote(name)}", headers=headers)  # noqa: S310 (config/env.py wants http)
        with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            tasks += json.load(answer)["messages"]
    return tasks
#% else
##%
##%
def backlog() -> int:
    """Return the number of tasks that are queued or running.

    What runs must count: a full worker may leave nothing in the queue. Raises redis.RedisError.
    """
    brief = {"socket_timeout": TIMEOUT, "socket_connect_timeout": TIMEOUT}
    with current_app.connection_for_read(transport_options=brief) as connection:
        channel = connection.default_channel
        waiting = sum(map(channel._size, current_app.amqp.queues))  # of all priorities
        return waiting + channel.client.hlen(channel.unacked_key)
#% endif
