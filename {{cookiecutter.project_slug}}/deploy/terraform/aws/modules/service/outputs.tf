output "name" {
  description = "Name of the service."
  value       = aws_ecs_service.main.name
}

output "log_group" {
  description = "Name of the log group."
  value       = aws_cloudwatch_log_group.main.name
}
