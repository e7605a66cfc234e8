# The environment of the project's processes: what config/env.py asks for.

locals {
  environment = {
    ALLOWED_HOSTS = var.domain
    TRUSTED_PROXY = "aws-alb"
#% if cookiecutter.__calls_aws
    AWS_REGION    = var.region
#% endif
#% if cookiecutter.__static_media == "cdn"
    CDN_DOMAIN    = var.domain
    STATIC_BUCKET = module.storage.names["static"]
    MEDIA_BUCKET  = module.storage.names["media"]
#% endif
#% if cookiecutter.__broker == "sqs"
    SQS_QUEUE_URL = module.queue.url
#% endif
#% if cookiecutter.celery != "none"
##%
    CLOUDWATCH_NAMESPACE = local.name
#% endif
#% if cookiecutter.__database_pooling == "managed"
##%
    DATABASE_URL      = module.database.proxy_url
    DATABASE_IAM_AUTH = "true"
#% endif
  }

  secret_environment = {
    SECRET_KEY = random_password.secret_key.result

#% if cookiecutter.__database_pooling == "direct"
    DATABASE_URL = module.database.url
#% elif cookiecutter.__database_pooling == "pgbouncer"
    DATABASE_URL        = local.pgbouncer_url
    DATABASE_DIRECT_URL = module.database.url
#% else
    DATABASE_DIRECT_URL = module.database.url
#% endif
#% if cookiecutter.tier == "scale"
##%
    DATABASE_REPLICA_URL = module.database.replica_url
#% endif
##%
#% if cookiecutter.tier == "scale"
    REDIS_STATE_URL    = module.cache.urls["state"]
    REDIS_CHANNEL_URLS = join(",", [module.cache.urls["channels-1"], module.cache.urls["channels-2"]])
    REDIS_CACHE_URL    = module.cache.urls["cache"]
#% elif cookiecutter.tier == "production"
    REDIS_STATE_URL   = module.cache.urls["state"]
    REDIS_CHANNEL_URL = module.cache.urls["channels"]
#% else
    REDIS_STATE_URL   = "${module.cache.urls["redis"]}/0"
    REDIS_CHANNEL_URL = "${module.cache.urls["redis"]}/1"
#% endif
#% if cookiecutter.__broker == "redis" and cookiecutter.tier == "pilot"
    CELERY_BROKER_URL = "${module.cache.urls["redis"]}/2"
#% elif cookiecutter.__broker == "redis"
##%
    CELERY_BROKER_URL = module.cache.urls["broker"]
#% endif
#% if cookiecutter.tier == "scale"
##%
    OPENSEARCH_URL = module.search.url
#% endif
  }
}

resource "random_password" "secret_key" {
  length = 64
}

module "secrets" {
  source = "../secrets"

  name            = local.name
#% if cookiecutter.__database_pooling == "pgbouncer"
  environment     = merge(local.secret_environment, { DATABASE_PASSWORD = module.database.password })
#% else
  environment     = local.secret_environment
#% endif
  recovery_window = var.deletion_protection ? 30 : 0
}
