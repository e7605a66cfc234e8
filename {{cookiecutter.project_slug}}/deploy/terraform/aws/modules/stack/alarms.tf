#% if cookiecutter.tier == "scale"
# What deserves somebody's attention.
#% else
# What deserves somebody's attention. Those that say "next tier" are the triggers of djust's production guide.
#% endif

locals {
  web      = { ClusterName = module.cluster.name, ServiceName = module.web.name }
  balancer = { LoadBalancer = module.balancer.arn_suffix }
  targets  = merge(local.balancer, { TargetGroup = module.balancer.target_group_arn_suffix })
#% if cookiecutter.tier == "pilot"
  database = { DBInstanceIdentifier = module.database.identifier }
#% else
  database = { DBClusterIdentifier = module.database.identifier }
#% endif
##%
  web_alarms = {
    web-memory = {
      description = "Web tasks use more than 80 % of their memory: give them more{{ ', or take the next tier' if cookiecutter.tier != 'scale' }}."
      namespace   = "AWS/ECS"
      metric_name = "MemoryUtilization"
      dimensions  = local.web
      threshold   = 80
      period      = 300
      periods     = 3
    }
    slow-pages = {
      description = "One page of 20 takes more than 2 s: look at the traces{{ ', or take the next tier' if cookiecutter.tier != 'scale' }}."
      namespace   = "AWS/ApplicationELB"
      metric_name = "TargetResponseTime"
      dimensions  = local.balancer
      percentile  = "p95"
      threshold   = 2
      period      = 300
      periods     = 3
    }
    server-errors = {
      description = "The application answers with errors (5xx): look at the logs of web."
      namespace   = "AWS/ApplicationELB"
      metric_name = "HTTPCode_Target_5XX_Count"
      dimensions  = local.balancer
      statistic   = "Sum"
      threshold   = 10
      period      = 300
      periods     = 1
    }
    balancer-errors = {
      description = "The load balancer finds no web task that answers (5xx)."
      namespace   = "AWS/ApplicationELB"
      metric_name = "HTTPCode_ELB_5XX_Count"
      dimensions  = local.balancer
      statistic   = "Sum"
      threshold   = 10
      period      = 300
      periods     = 1
    }
    unhealthy-web = {
      description = "A web task fails /health/ready, whose answer names the part that is away."
      namespace   = "AWS/ApplicationELB"
      metric_name = "UnHealthyHostCount"
      dimensions  = local.targets
      statistic   = "Maximum"
      threshold   = 0
    }
    no-web = {
      description = "No web task is healthy: the site is down."
      namespace   = "AWS/ApplicationELB"
      metric_name = "HealthyHostCount"
      dimensions  = local.targets
      statistic   = "Maximum"
      comparison  = "LessThanThreshold"
      threshold   = 1
      periods     = 2
      missing     = "breaching"
    }
  }

#% if cookiecutter.tier == "pilot"
  tier_alarms = {
    web-cpu = {
      description = "Web tasks use more than 60 % of their CPU for an hour: take the next tier."
      namespace   = "AWS/ECS"
      metric_name = "CPUUtilization"
      dimensions  = local.web
      threshold   = 60
      period      = 300
      periods     = 12
    }
    database-connections = {
      description = "More than 30 connections to the database are open: take the next tier."
      namespace   = "AWS/RDS"
      metric_name = "DatabaseConnections"
      dimensions  = local.database
      threshold   = 30
      period      = 300
      periods     = 3
    }
    database-storage = {
      description = "The database has less than 2 GiB left, and may have grown as far as it may."
      namespace   = "AWS/RDS"
      metric_name = "FreeStorageSpace"
      dimensions  = local.database
      statistic   = "Minimum"
      comparison  = "LessThanThreshold"
      threshold   = 2 * 1024 * 1024 * 1024
    }
    database-cpu = {
      description = "The database has been busy for 15 minutes: look for slow queries in its log."
      namespace   = "AWS/RDS"
      metric_name = "CPUUtilization"
      dimensions  = local.database
      threshold   = 90
      period      = 300
      periods     = 3
    }
  }
#% else
  tier_alarms = {
    web-at-most = {
      description = "As many web tasks as there may be, for two hours: allow more{{ ', or take the next tier' if cookiecutter.tier != 'scale' }}."
      namespace   = "ECS/ContainerInsights"
      metric_name = "RunningTaskCount"
      dimensions  = local.web
      statistic   = "Minimum"
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = var.sizes.web.max
      period      = 300
      periods     = 24
    }
    database-at-most = {
      description = "The database has used nearly all of the capacity that it may have for 15 minutes."
      namespace   = "AWS/RDS"
      metric_name = "ACUUtilization"
      dimensions  = local.database
      threshold   = 90
      period      = 300
      periods     = 3
    }
  }
#% endif
##%
#% if cookiecutter.tier == "production"
  next_tier_alarms = {
    database-capacity = {
      description = "The database needs more than 8 ACUs for an hour: find slow queries, or take the next tier."
      namespace   = "AWS/RDS"
      metric_name = "ServerlessDatabaseCapacity"
      dimensions  = local.database
      threshold   = 8
      period      = 300
      periods     = 12
    }
    requests = {
      description = "More than 5,000 requests a second: take the next tier."
      namespace   = "AWS/ApplicationELB"
      metric_name = "RequestCount"
      dimensions  = local.balancer
      statistic   = "Sum"
      threshold   = 5000 * 60
    }
  }

#% endif
  # Of a server that may forget, memory is meant to be full.
  memory_alarms = {
    for name, node in module.cache.nodes : "${name}-memory" => {
      description = "${name} uses more than 70 % of its memory: take a larger node{{ ', or the next tier' if cookiecutter.tier != 'scale' }}."
      namespace   = "AWS/ElastiCache"
      metric_name = "DatabaseMemoryUsagePercentage"
      dimensions  = { CacheClusterId = node.id }
      threshold   = 70
      period      = 300
      periods     = 3
    } if !node.evicts
  }
  cache_alarms = {
    for name, node in module.cache.nodes : "${name}-cpu" => {
      description = "${name} is busy: it has one thread for commands."
      namespace   = "AWS/ElastiCache"
      metric_name = "EngineCPUUtilization"
      dimensions  = { CacheClusterId = node.id }
      threshold   = 90
      period      = 300
      periods     = 3
    }
  }
}

module "monitoring" {
  source = "../monitoring"

  name  = local.name
  email = var.alarm_email
  alarms = merge(
    local.web_alarms,
    local.tier_alarms,
#% if cookiecutter.tier == "production"
    local.next_tier_alarms,
#% endif
    local.memory_alarms,
    local.cache_alarms,
#% if cookiecutter.celery != "none"
    local.task_alarms,
#% endif
#% if cookiecutter.__broker == "sqs"
    local.queue_alarms,
#% endif
#% if cookiecutter.tier == "scale"
    local.scale_alarms,
#% endif
  )
}
