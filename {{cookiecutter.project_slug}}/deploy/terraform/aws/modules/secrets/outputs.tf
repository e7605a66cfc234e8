output "arn" {
  description = "The secret, which tasks' execution roles read."
  value       = aws_secretsmanager_secret.environment.arn
}

output "references" {
  description = "Where ECS finds each variable, by name."
  value = {
    for name in keys(var.environment) :
    name => "${aws_secretsmanager_secret_version.environment.arn}:${name}::"
  }
}
