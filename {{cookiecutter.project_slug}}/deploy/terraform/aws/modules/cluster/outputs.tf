output "arn" {
  description = "The cluster."
  value       = aws_ecs_cluster.main.arn

  # Services name them.
  depends_on = [aws_ecs_cluster_capacity_providers.main]
}

output "name" {
  description = "Name of the cluster."
  value       = aws_ecs_cluster.main.name
}

output "security_group_ids" {
  description = "The security group of each service, by name."
  value       = { for name, group in aws_security_group.service : name => group.id }
}
