output "url" {
  description = "Where the site is."
  value       = "https://${var.domain}"
}

output "cluster" {
  description = "Name of the cluster."
  value       = module.cluster.name
}

output "repository" {
  description = "Where images are pushed to."
  value       = data.aws_ecr_repository.main.repository_url
}

output "dashboard" {
  description = "Where the alarms' graphs are."
  value = join("", [
    "https://${var.region}.console.aws.amazon.com/cloudwatch/home?region=${var.region}",
    "#dashboards/dashboard/${module.monitoring.dashboard}",
  ])
}
