"""Celery's settings. Each is explained in https://docs.celeryq.dev/en/stable/userguide/configuration.html"""

from celery.schedules import crontab
#% if cookiecutter.celery == "prefork"
##%
from config.cpus import cpus
#% endif
##%
CELERY_TASK_IGNORE_RESULT = True  # what a task finds out is in the database
CELERY_TASK_DEFAULT_QUEUE = "default"
# Acknowledged when done: a worker's death loses nothing, what runs counts as backlog, and what waits does so
# where other workers can take it. The price is that any task may run twice.
CELERY_TASK_ACKS_LATE = True
#% if cookiecutter.__broker == "redis"
CELERY_TASK_QUEUES = {"default": {}, "celery": {}}  # "celery": for senders without these settings
#% elif cookiecutter.__broker == "rabbitmq"
CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum"  # kept by the majority of a cluster, and on disk
CELERY_TASK_DEFAULT_EXCHANGE_TYPE = "topic"  # a task with a countdown would block a worker with any other
#% endif
#% if cookiecutter.celery == "gevent"
CELERY_WORKER_CONCURRENCY = 20
# Seconds. Under gevent it strikes where a task waits, never while it computes, and soft limits do nothing.
CELERY_TASK_TIME_LIMIT = 300
#% else
CELERY_WORKER_CONCURRENCY = cpus()  # by itself Celery takes those of the whole machine
# Seconds. The soft limit raises SoftTimeLimitExceeded in the task; the hard one kills its process.
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_TASK_TIME_LIMIT = 300
#% endif
# What a worker reserves is missing from the queue: other workers can't do it, and autoscaling can't count it.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
#% if cookiecutter.__broker == "sqs"
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # SQS has no broadcast that would reach all workers
CELERY_TASK_PUBLISH_RETRY = False  # boto3 tries again by itself
#% elif cookiecutter.__broker == "rabbitmq"
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0}  # each waits for the confirm
#% endif
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Without a limit, a page that queues a task waits for as long as the broker is away.
    "max_retries": 1,
    "interval_start": 0,  # seconds
#% if cookiecutter.__broker == "redis"
    # Seconds until a task that nobody acknowledged is delivered again; it must not be still running then.
    "visibility_timeout": 4 * CELERY_TASK_TIME_LIMIT,
#% elif cookiecutter.__broker == "rabbitmq"
    "confirm_publish": True,  # queued is what RabbitMQ says it has stored
#% elif cookiecutter.__broker == "sqs"
    # Seconds until a task that nobody acknowledged is delivered again; it must not be still running then.
    # It is an attribute of the queue, which `make doctor` compares with this.
    "visibility_timeout": 4 * CELERY_TASK_TIME_LIMIT,
    # Seconds that SQS waits for a task before it says that there is none. A worker that is told to stop may
    # begin a second wait, so this is short; SQS charges by the request, which makes cents a month.
    "wait_time_seconds": 3,
    "client-config": {"connect_timeout": 3, "read_timeout": 8, "retries": {"total_max_attempts": 2}},
#% endif
}

# A lock in Redis has one beat fire and any other wait, to take over when the lock has not been renewed
# for five times the interval (seconds).
CELERY_BEAT_SCHEDULER = "redbeat.RedBeatScheduler"
#% if cookiecutter.tier == "scale"
REDBEAT = {
    "redbeat_key_prefix": "{redbeat}:",  # the braces keep its keys on one master
    "redbeat_redis_options": {"cluster": True, "decode_responses": True},
}
#% else
REDBEAT = {"redbeat_redis_options": {}}  # and not the broker's
#% endif
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE = {
    "clear expired sessions": {
        "task": "apps.core.tasks.clear_expired_sessions",
        "schedule": crontab(hour=3, minute=0),
    },
    "queue stuck documents again": {
        "task": "apps.documents.tasks.queue_stuck_again",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 300},  # seconds: while no worker runs, they don't pile up
    },
#% if cookiecutter.tier == "scale"
    "send what is left to OpenSearch": {
        "task": "apps.documents.opensearch.send_what_is_left",
        "schedule": crontab(minute="*"),
        "options": {"expires": 60},
    },
#% endif
}
