resource "aws_rds_cluster_parameter_group" "main" {
  name   = var.name
  family = "aurora-postgresql17"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "log_statement"
    value = "ddl"
  }

  # Milliseconds. What takes longer is logged.
  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }
}

# RDS would make it, and keep what is in it for ever.
resource "aws_cloudwatch_log_group" "main" {
  name              = "/aws/rds/cluster/${var.name}/postgresql"
  retention_in_days = 30
}

resource "aws_rds_cluster" "main" {
  cluster_identifier = var.name
  engine             = "aurora-postgresql"
  engine_version     = "17"
  engine_mode        = "provisioned"

  database_name   = local.user
  master_username = local.user
  master_password = random_password.main.result

  storage_encrypted                   = true
  db_subnet_group_name                = aws_db_subnet_group.main.name
  vpc_security_group_ids              = [aws_security_group.main.id]
  db_cluster_parameter_group_name     = aws_rds_cluster_parameter_group.main.name
  iam_database_authentication_enabled = true

  backup_retention_period = 14
  copy_tags_to_snapshot   = true
  deletion_protection     = var.deletion_protection
  skip_final_snapshot     = false
  # Each environment that is made anew has another group, and so its last snapshot another name.
  final_snapshot_identifier = "${var.name}-${aws_security_group.main.id}"

  enabled_cloudwatch_logs_exports = ["postgresql"]

  # In ACUs: 2 GiB of memory each, and the CPU that goes with it.
  serverlessv2_scaling_configuration {
    min_capacity = var.size.min_capacity
    max_capacity = var.size.max_capacity
  }

  depends_on = [aws_cloudwatch_log_group.main]
}

# One writes. The others take over when it fails, and are what the reader endpoint leads to.
resource "aws_rds_cluster_instance" "main" {
  for_each = toset([for number in range(1, var.size.instances + 1) : tostring(number)])

  identifier         = "${var.name}-${each.key}"
  cluster_identifier = aws_rds_cluster.main.id
  engine             = aws_rds_cluster.main.engine
  instance_class     = "db.serverless"

  auto_minor_version_upgrade   = true
  copy_tags_to_snapshot        = true
  publicly_accessible          = false
  monitoring_interval          = 60
  monitoring_role_arn          = aws_iam_role.monitoring.arn
  performance_insights_enabled = true
}

locals {
  host = aws_rds_cluster.main.endpoint
}
