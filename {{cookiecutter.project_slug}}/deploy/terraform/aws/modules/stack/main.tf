# What one environment is made of. The roots of environments/ call this, and differ in values only.

locals {
  name = "${var.project}-${var.environment}"

#% if cookiecutter.celery == "none" and cookiecutter.__database_pooling == "pgbouncer"
  services = toset(["web", "pgbouncer"])
#% elif cookiecutter.celery == "none"
  services = toset(["web"])
#% elif cookiecutter.__database_pooling == "pgbouncer"
  services = toset(["web", "worker", "beat", "pgbouncer"])
#% else
  services = toset(["web", "worker", "beat"])
#% endif
##%
#% if cookiecutter.__database_pooling == "pgbouncer"
  # What runs the project's own code.
  project_services = setsubtract(local.services, ["pgbouncer"])
  clients          = { for name in local.project_services : name => module.cluster.security_group_ids[name] }
#% else
  clients = { for name in local.services : name => module.cluster.security_group_ids[name] }
#% endif
}

data "aws_route53_zone" "main" {
  name = var.zone_name
}

data "aws_ecr_repository" "main" {
  name = var.project
}

module "network" {
  source = "../network"

  name            = local.name
  region          = var.region
  cidr            = var.cidr
  zones           = var.sizes.zones
  one_nat_gateway = var.sizes.one_nat_gateway
  interface_endpoints = toset([
    "ecr.api",
    "ecr.dkr",
    "logs",
    "secretsmanager",
#% if cookiecutter.__broker == "sqs"
    "sqs",
#% endif
  ])
}

module "cluster" {
  source = "../cluster"

  name     = local.name
  vpc_id   = module.network.vpc_id
  services = local.services
}

module "certificate" {
  source = "../certificate"

  domain  = var.domain
  zone_id = data.aws_route53_zone.main.zone_id
#% if cookiecutter.__static_media == "cdn"
  regions = toset([var.region, "us-east-1"])
#% else
  regions = toset([var.region])
#% endif
}

module "balancer" {
  source = "../balancer"

  name                  = local.name
  vpc_id                = module.network.vpc_id
#% if cookiecutter.__static_media == "cdn"
  subnet_ids            = values(module.network.private_subnet_ids)
#% else
  subnet_ids            = values(module.network.public_subnet_ids)
  domain                = var.domain
  zone_id               = data.aws_route53_zone.main.zone_id
#% endif
  certificate_arn       = module.certificate.arns[var.region]
  web_security_group_id = module.cluster.security_group_ids["web"]
  port                  = 8000
  deletion_protection   = var.deletion_protection
}

module "database" {
  source = "../database"

  name                = local.name
  vpc_id              = module.network.vpc_id
  subnet_ids          = values(module.network.data_subnet_ids)
#% if cookiecutter.__database_pooling == "pgbouncer"
  clients             = { for name in local.services : name => module.cluster.security_group_ids[name] }
#% else
  clients             = local.clients
#% endif
  size                = var.sizes.database
  deletion_protection = var.deletion_protection
#% if cookiecutter.__database_pooling == "managed"
  recovery_window     = var.deletion_protection ? 30 : 0
#% endif
}

module "cache" {
  source = "../cache"

  name       = local.name
  vpc_id     = module.network.vpc_id
  subnet_ids = values(module.network.data_subnet_ids)
  clients    = local.clients
  node_type  = var.sizes.cache.node_type
  replicas   = var.sizes.cache.replicas
  servers = {
#% if cookiecutter.tier == "scale"
    state      = { description = "State of live views, and presence", shards = var.sizes.cache.shards }
    channels-1 = { description = "Messages between processes, of some views" }
    channels-2 = { description = "Messages between processes, of the other views" }
    cache      = { description = "The cache", evicts = true }
#% elif cookiecutter.tier == "production"
    state    = { description = "State of live views, and presence" }
    channels = { description = "Messages between processes" }
#% elif cookiecutter.__broker == "redis"
    redis = { description = "State of live views, messages between processes, and tasks" }
#% else
    redis = { description = "State of live views, and messages between processes" }
#% endif
#% if cookiecutter.__broker == "redis" and cookiecutter.tier != "pilot"
##%
    broker = { description = "Tasks" }
#% endif
  }
}
