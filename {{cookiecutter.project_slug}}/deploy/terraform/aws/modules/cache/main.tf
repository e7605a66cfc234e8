# Valkey servers, each for one purpose.

# Letters and digits only: it is a part of URLs.
resource "random_password" "main" {
  length  = 40
  special = false
}

resource "aws_elasticache_subnet_group" "main" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_elasticache_parameter_group" "main" {
  for_each = var.servers

  name   = "${var.name}-${each.key}"
  family = "valkey8"

  parameter {
    name  = "maxmemory-policy"
    value = each.value.evicts ? "allkeys-lru" : "noeviction"
  }

  dynamic "parameter" {
    for_each = each.value.shards > 0 ? ["yes"] : []

    content {
      name  = "cluster-enabled"
      value = parameter.value
    }
  }
}

resource "aws_elasticache_replication_group" "main" {
  for_each = var.servers

  replication_group_id = "${var.name}-${each.key}"
  description          = each.value.description
  engine               = "valkey"
  engine_version       = "8.0"
  node_type            = var.node_type
  port                 = 6379
  parameter_group_name = aws_elasticache_parameter_group.main[each.key].name
  subnet_group_name    = aws_elasticache_subnet_group.main.name
  security_group_ids   = [aws_security_group.main.id]

  num_cache_clusters         = each.value.shards > 0 ? null : 1 + var.replicas
  num_node_groups            = each.value.shards > 0 ? each.value.shards : null
  replicas_per_node_group    = each.value.shards > 0 ? var.replicas : null
  automatic_failover_enabled = var.replicas > 0 || each.value.shards > 0
  multi_az_enabled           = var.replicas > 0

  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
  auth_token                 = random_password.main.result
  auth_token_update_strategy = "ROTATE"

  auto_minor_version_upgrade = true
  snapshot_retention_limit   = each.value.evicts ? 0 : 7
  # Each environment that is made anew has another group, and so its last snapshots other names.
  final_snapshot_identifier = each.value.evicts ? null : "${var.name}-${each.key}-${aws_security_group.main.id}"
}

resource "aws_security_group" "main" {
  name        = "${var.name}-cache"
  description = "Valkey"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "main" {
  for_each = var.clients

  security_group_id            = aws_security_group.main.id
  description                  = "Valkey from ${each.key}"
  referenced_security_group_id = each.value
  from_port                    = 6379
  to_port                      = 6379
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "main" {
  for_each = var.clients

  security_group_id            = each.value
  description                  = "Valkey"
  referenced_security_group_id = aws_security_group.main.id
  from_port                    = 6379
  to_port                      = 6379
  ip_protocol                  = "tcp"
}
