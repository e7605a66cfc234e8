module "search" {
  source = "../search"

  name       = local.name
  vpc_id     = module.network.vpc_id
  subnet_ids = values(module.network.data_subnet_ids)
  clients    = local.clients
  size       = var.sizes.search
}

data "aws_caller_identity" "current" {}

locals {
  search = { DomainName = module.search.domain_name, ClientId = data.aws_caller_identity.current.account_id }

  scale_alarms = {
    search-red = {
      description = "OpenSearch has lost a part of its index; PostgreSQL finds documents instead."
      namespace   = "AWS/ES"
      metric_name = "ClusterStatus.red"
      dimensions  = local.search
      statistic   = "Maximum"
      threshold   = 0
    }
    search-storage = {
      description = "A node of OpenSearch has less than 10 GB left."
      namespace   = "AWS/ES"
      metric_name = "FreeStorageSpace"
      dimensions  = local.search
      statistic   = "Minimum"
      comparison  = "LessThanThreshold"
      threshold   = 10 * 1000 # MB
    }
    no-sockets = {
      description = "No web task is healthy for the load balancer of WebSockets: pages don't come alive."
      namespace   = "AWS/NetworkELB"
      metric_name = "HealthyHostCount"
      dimensions = {
        LoadBalancer = module.balancer.sockets.arn_suffix
        TargetGroup  = module.balancer.sockets.target_group_arn_suffix
      }
      statistic  = "Maximum"
      comparison = "LessThanThreshold"
      threshold  = 1
      periods    = 2
      missing    = "breaching"
    }
    replica-lag = {
      description = "The database's readers are more than 2 s behind: pages read from the writer."
      namespace   = "AWS/RDS"
      metric_name = "AuroraReplicaLagMaximum"
      dimensions  = local.database
      statistic   = "Maximum"
      threshold   = 2000 # milliseconds
    }
  }
}
