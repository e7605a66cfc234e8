# PgBouncer, with the configuration that `make up` has as well.

locals {
  pgbouncer_host = join(".", [
    aws_service_discovery_service.pgbouncer.name, aws_service_discovery_private_dns_namespace.main.name,
  ])
  pgbouncer_url = join("", [
    "postgresql://${module.database.user}:${module.database.password}@${local.pgbouncer_host}:6432/",
    module.database.user,
  ])

  pgbouncer_folder = "${path.module}/../../../../pgbouncer"
  pgbouncer_files  = { for index, file in sort(fileset(local.pgbouncer_folder, "*")) : "FILE_${index}" => file }
}

resource "aws_service_discovery_private_dns_namespace" "main" {
  name = "${local.name}.internal"
  vpc  = module.network.vpc_id
}

resource "aws_service_discovery_service" "pgbouncer" {
  name = "pgbouncer"

  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.main.id
    routing_policy = "MULTIVALUE"

    dns_records {
      type = "A"
      ttl  = 5
    }
  }
}

module "pgbouncer" {
  source = "../service"

  common = merge(local.common, {
    image = "edoburu/pgbouncer:v1.24.1-p1"
    environment = {
      for name, file in local.pgbouncer_files : name => file("${local.pgbouncer_folder}/${file}")
    }
    secrets = { DATABASE_PASSWORD = module.secrets.references["DATABASE_PASSWORD"] }
  })
  role = "pgbouncer"
  command = ["sh", "-c", join("\n", concat(
    ["set -eu", "mkdir /tmp/templates"],
    [for name, file in local.pgbouncer_files : "printf '%s\\n' \"$${${name}}\" >/tmp/templates/${file}"],
    ["cd /tmp", "exec sh /tmp/templates/start.sh"],
  ))]
  security_group_id = module.cluster.security_group_ids["pgbouncer"]
  cpu               = 256
  memory            = 512
  tasks             = { min = 2, max = 2 }
  registries        = { dns = aws_service_discovery_service.pgbouncer.arn }
  health_check      = ["sh", "-c", "nc -w 1 127.0.0.1 6432 </dev/null"]
  environment = {
    DATABASE_NAME  = module.database.user
    DATABASE_HOST  = module.database.host
    DATABASE_PORT  = "5432"
    DATABASE_USER  = module.database.user
    LISTEN_ADDRESS = "0.0.0.0"
    LISTEN_PORT    = "6432"
  }
}

resource "aws_vpc_security_group_ingress_rule" "pgbouncer" {
  for_each = local.clients

  security_group_id            = module.cluster.security_group_ids["pgbouncer"]
  description                  = "PgBouncer from ${each.key}"
  referenced_security_group_id = each.value
  from_port                    = 6432
  to_port                      = 6432
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "pgbouncer" {
  for_each = local.clients

  security_group_id            = each.value
  description                  = "PgBouncer"
  referenced_security_group_id = module.cluster.security_group_ids["pgbouncer"]
  from_port                    = 6432
  to_port                      = 6432
  ip_protocol                  = "tcp"
}
