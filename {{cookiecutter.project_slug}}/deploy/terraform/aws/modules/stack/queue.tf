module "queue" {
  source = "../queue"

  name = local.name
  # Four times as long as a task may run: the worker's visibility_timeout (config/settings/celery.py).
  visibility_timeout = 4 * 300
}

locals {
  queue_alarms = {
    dead-tasks = {
      description = "A task was given up, after five workers died with it: it is in the queue of dead ones."
      namespace   = "AWS/SQS"
      metric_name = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = module.queue.dead_name }
      statistic   = "Maximum"
      threshold   = 0
      period      = 300
      periods     = 1
    }
  }
}
