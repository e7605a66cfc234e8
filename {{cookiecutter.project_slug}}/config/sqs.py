"""How Celery takes its tasks from SQS."""

from kombu.transport import SQS


class Transport(SQS.Transport):
    # Keeps the worker out of kombu's event loop. There, a worker that stops leaves a poll behind, which takes
    # a task that nobody works on until it is visible again; and one error of SQS ends the worker (kombu 5.7).
    implements = SQS.Transport.implements.extend(asynchronous=False)
