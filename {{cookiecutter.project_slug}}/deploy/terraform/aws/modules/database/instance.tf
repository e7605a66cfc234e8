resource "aws_db_parameter_group" "main" {
  name   = var.name
  family = "postgres17"

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

locals {
  logs = toset(["postgresql", "upgrade"])
}

# RDS would make them, and keep what is in them for ever.
resource "aws_cloudwatch_log_group" "main" {
  for_each = local.logs

  name              = "/aws/rds/instance/${var.name}/${each.key}"
  retention_in_days = 30
}

resource "aws_db_instance" "main" {
  identifier     = var.name
  engine         = "postgres"
  engine_version = "17"
  instance_class = var.size.instance_class
  multi_az       = var.size.multi_az

  db_name  = local.user
  username = local.user
  password = random_password.main.result

  storage_type          = "gp3"
  storage_encrypted     = true
  allocated_storage     = var.size.storage
  max_allocated_storage = var.size.max_storage

  db_subnet_group_name                = aws_db_subnet_group.main.name
  vpc_security_group_ids              = [aws_security_group.main.id]
  publicly_accessible                 = false
  parameter_group_name                = aws_db_parameter_group.main.name
  iam_database_authentication_enabled = true

  auto_minor_version_upgrade = true
  backup_retention_period    = 14
  copy_tags_to_snapshot      = true
  deletion_protection        = var.deletion_protection
  skip_final_snapshot        = false
  # Each environment that is made anew has another group, and so its last snapshot another name.
  final_snapshot_identifier = "${var.name}-${aws_security_group.main.id}"

  enabled_cloudwatch_logs_exports = local.logs
  monitoring_interval             = 60
  monitoring_role_arn             = aws_iam_role.monitoring.arn
  performance_insights_enabled    = true

  depends_on = [aws_cloudwatch_log_group.main]
}

locals {
  host = aws_db_instance.main.address
}
