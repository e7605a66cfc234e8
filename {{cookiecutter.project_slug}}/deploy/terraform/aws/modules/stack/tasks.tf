# Celery's worker and beat.

locals {
  # What both serve their metrics for.
  metrics_answer = [
    "python", "-c",
    "from urllib.request import urlopen; urlopen('http://127.0.0.1:9180', timeout=4)",
  ]
#% if cookiecutter.celery == "prefork"
##%
  # Fargate's machines may have more CPUs than the task was given.
  concurrency = max(1, floor(var.sizes.worker.cpu / 1024))
#% endif
}

module "worker" {
  source = "../service"

  common            = local.common
  role              = "worker"
#% if cookiecutter.celery == "gevent"
  command           = ["celery", "--quiet", "-A", "config", "worker", "--pool=gevent"]
#% endif
  security_group_id = module.cluster.security_group_ids["worker"]
  cpu               = var.sizes.worker.cpu
  memory            = var.sizes.worker.memory
  tasks             = { min = var.sizes.worker.min, max = var.sizes.worker.max }
  spot              = var.sizes.worker.spot
  policies          = local.policies
#% if cookiecutter.__static_media == "whitenoise"
  volumes           = { media = module.files.volume }
#% endif
  health_check      = local.metrics_answer
  # A task that is cut off is delivered again. Fargate waits no longer than this.
  stop_timeout = 120

#% if cookiecutter.celery == "prefork"
  # One task runs for each CPU, and as many may wait.
  cpu_target = 60
  command = [
    "celery", "--quiet", "-A", "config", "worker", "--pool=prefork",
    "--concurrency=${local.concurrency}",
  ]

#% endif
  backlog = {
#% if cookiecutter.celery == "gevent"
    target = 20 # as many as a worker runs at a time (config/settings/celery.py)
#% else
    target = 2 * local.concurrency
#% endif
#% if cookiecutter.__broker == "sqs"
    metrics = {
      visible = {
        namespace   = "AWS/SQS"
        metric_name = "ApproximateNumberOfMessagesVisible"
        dimensions  = { QueueName = module.queue.name }
      }
      in_flight = {
        namespace   = "AWS/SQS"
        metric_name = "ApproximateNumberOfMessagesNotVisible"
        dimensions  = { QueueName = module.queue.name }
      }
    }
#% else
    # Beat publishes it (apps/ops/cloudwatch.py).
    metrics = { backlog = { namespace = local.name, metric_name = "QueueBacklog" } }
#% endif
  }
}

module "beat" {
  source = "../service"

  common            = local.common
  role              = "beat"
  command           = ["celery", "--quiet", "-A", "config", "beat"]
  security_group_id = module.cluster.security_group_ids["beat"]
  cpu               = var.sizes.beat.cpu
  memory            = var.sizes.beat.memory
  # Never two, not even during a deployment: the old one goes before the new one comes.
  tasks        = { min = 1, max = 1 }
  overlap      = false
  policies     = merge(local.policies, { metrics = data.aws_iam_policy_document.metrics.json })
  health_check = local.metrics_answer
}

data "aws_iam_policy_document" "metrics" {
  statement {
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = [local.name]
    }
  }
}

locals {
  task_alarms = {
    beat-silent = {
      description = "Beat has published nothing for 10 minutes: no task is scheduled, and no worker added."
      namespace   = local.name
      metric_name = "QueueBacklog"
      statistic   = "SampleCount"
      comparison  = "LessThanThreshold"
      threshold   = 1
      period      = 300
      periods     = 2
      missing     = "breaching"
    }
    tasks-wait = {
      description = "There are five times as many tasks as all workers do at a time, for half an hour."
      namespace   = local.name
      metric_name = "QueueBacklog"
#% if cookiecutter.celery == "gevent"
      threshold   = 5 * 20 * var.sizes.worker.max
#% else
      threshold   = 5 * max(1, floor(var.sizes.worker.cpu / 1024)) * var.sizes.worker.max
#% endif
      period      = 300
      periods     = 6
    }
    worker-memory = {
      description = "Workers use more than 80 % of their memory."
      namespace   = "AWS/ECS"
      metric_name = "MemoryUtilization"
      dimensions  = { ClusterName = module.cluster.name, ServiceName = module.worker.name }
      threshold   = 80
      period      = 300
      periods     = 3
    }
    no-worker = {
      description = "No worker runs: tasks wait."
      namespace   = "ECS/ContainerInsights"
      metric_name = "RunningTaskCount"
      dimensions  = { ClusterName = module.cluster.name, ServiceName = module.worker.name }
      statistic   = "Maximum"
      comparison  = "LessThanThreshold"
      threshold   = 1
      missing     = "breaching"
    }
  }
}
