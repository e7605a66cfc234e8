locals {
  # Each service has these, and beside them what is its own.
  common = {
    name           = local.name
    cluster_arn    = module.cluster.arn
    cluster_name   = module.cluster.name
    subnet_ids     = values(module.network.private_subnet_ids)
    image          = "${data.aws_ecr_repository.main.repository_url}:unreleased"
    repository_arn = data.aws_ecr_repository.main.arn
    environment    = local.environment
    secrets        = { for name in keys(local.secret_environment) : name => module.secrets.references[name] }
    secret_arn     = module.secrets.arn
  }

  policies = {
#% if cookiecutter.__static_media == "cdn"
    files = module.storage.policy
#% else
    files = module.files.policy
#% endif
#% if cookiecutter.__broker == "sqs"
    queue = module.queue.policy
#% endif
#% if cookiecutter.__database_pooling == "managed"
##%
    database = module.database.policy
#% endif
  }
}

module "web" {
  source = "../service"

  common            = local.common
  role              = "web"
  security_group_id = module.cluster.security_group_ids["web"]
  cpu               = var.sizes.web.cpu
  memory            = var.sizes.web.memory
  tasks             = { min = var.sizes.web.min, max = var.sizes.web.max }
  cpu_target        = 50
  port              = 8000
  target_groups     = module.balancer.target_groups
  policies          = local.policies
#% if cookiecutter.__static_media == "whitenoise"
  volumes           = { media = module.files.volume }
#% endif
  # gunicorn's graceful_timeout is 25 s (config/gunicorn.py).
  stop_timeout = 30
  # The dockerfile's, which ECS doesn't look at.
  health_check = [
    "python", "-c",
    "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/live', timeout=4)",
  ]
  # Fargate's machines may have more CPUs than the task was given.
  environment = { WEB_CONCURRENCY = max(2, floor(var.sizes.web.cpu / 1024)) }
}
