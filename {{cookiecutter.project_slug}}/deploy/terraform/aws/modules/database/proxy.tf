# RDS Proxy, which keeps connections to the database and lends them. Tasks log in to it with their role; it logs
# in to the database with the password of a secret.

locals {
  # The user, as policies name it: the proxy's own name is the last part of its ARN.
  proxy_user = join(":", [
    "arn:aws:rds-db", data.aws_region.current.region, data.aws_caller_identity.current.account_id,
    "dbuser", "${reverse(split(":", aws_db_proxy.main.arn))[0]}/${local.user}",
  ])
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

# RDS would make it, and keep what is in it for ever.
resource "aws_cloudwatch_log_group" "proxy" {
  name              = "/aws/rds/proxy/${var.name}"
  retention_in_days = 30
}

resource "aws_db_proxy" "main" {
  name                   = var.name
  engine_family          = "POSTGRESQL"
  role_arn               = aws_iam_role.proxy.arn
  vpc_subnet_ids         = var.subnet_ids
  vpc_security_group_ids = [aws_security_group.proxy.id]
  require_tls            = true
  # Seconds: the most that RDS Proxy takes. Tasks hang up by themselves.
  idle_client_timeout = 28800

  auth {
    auth_scheme = "SECRETS"
    iam_auth    = "REQUIRED"
    secret_arn  = aws_secretsmanager_secret.proxy.arn
  }

  depends_on = [
    aws_cloudwatch_log_group.proxy,
    aws_iam_role_policy.proxy,
    aws_secretsmanager_secret_version.proxy,
  ]
}

resource "aws_db_proxy_default_target_group" "main" {
  db_proxy_name = aws_db_proxy.main.name

  connection_pool_config {
    # The rest is for migrations, LISTEN and people.
    max_connections_percent = 75
    # Seconds that a page waits for a connection, before it says that it can't be served now.
    connection_borrow_timeout = 5
  }
}

resource "aws_db_proxy_target" "main" {
  db_proxy_name     = aws_db_proxy.main.name
  target_group_name = aws_db_proxy_default_target_group.main.name
#% if cookiecutter.tier == "pilot"
##%
  db_instance_identifier = aws_db_instance.main.identifier
#% else
##%
  db_cluster_identifier = aws_rds_cluster.main.cluster_identifier

  # It looks for the instances as it is made.
  depends_on = [aws_rds_cluster_instance.main]
#% endif
}

resource "aws_secretsmanager_secret" "proxy" {
  name                    = "${var.name}/database"
  description             = "What RDS Proxy logs in to the database with"
  recovery_window_in_days = var.recovery_window
}

resource "aws_secretsmanager_secret_version" "proxy" {
  secret_id     = aws_secretsmanager_secret.proxy.id
  secret_string = jsonencode({ username = local.user, password = random_password.main.result })
}

data "aws_iam_policy_document" "proxy_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["rds.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "proxy" {
  name               = "${var.name}-database-proxy"
  assume_role_policy = data.aws_iam_policy_document.proxy_trust.json
}

data "aws_iam_policy_document" "proxy" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.proxy.arn]
  }
}

resource "aws_iam_role_policy" "proxy" {
  name   = "log-in"
  role   = aws_iam_role.proxy.id
  policy = data.aws_iam_policy_document.proxy.json
}

data "aws_iam_policy_document" "connect" {
  statement {
    actions   = ["rds-db:connect"]
    resources = [local.proxy_user]
  }
}

resource "aws_security_group" "proxy" {
  name        = "${var.name}-database-proxy"
  description = "RDS Proxy"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "proxy" {
  for_each = var.clients

  security_group_id            = aws_security_group.proxy.id
  description                  = "PostgreSQL from ${each.key}"
  referenced_security_group_id = each.value
  from_port                    = 5432
  to_port                      = 5432
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "to_proxy" {
  for_each = var.clients

  security_group_id            = each.value
  description                  = "RDS Proxy"
  referenced_security_group_id = aws_security_group.proxy.id
  from_port                    = 5432
  to_port                      = 5432
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "proxy" {
  security_group_id            = aws_security_group.proxy.id
  description                  = "PostgreSQL"
  referenced_security_group_id = aws_security_group.main.id
  from_port                    = 5432
  to_port                      = 5432
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_ingress_rule" "from_proxy" {
  security_group_id            = aws_security_group.main.id
  description                  = "PostgreSQL from RDS Proxy"
  referenced_security_group_id = aws_security_group.proxy.id
  from_port                    = 5432
  to_port                      = 5432
  ip_protocol                  = "tcp"
}
