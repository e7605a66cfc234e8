# One secret that holds all variables, as a JSON object: tasks are given single ones of its keys.

resource "aws_secretsmanager_secret" "environment" {
  name                    = "${var.name}/environment"
  description             = "Environment variables of the tasks that are secret"
  recovery_window_in_days = var.recovery_window
}

resource "aws_secretsmanager_secret_version" "environment" {
  secret_id     = aws_secretsmanager_secret.environment.id
  secret_string = jsonencode(var.environment)
}
