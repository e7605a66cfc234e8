output "url" {
  description = "Where the site is."
  value       = module.stack.url
}

output "cluster" {
  description = "Name of the cluster."
  value       = module.stack.cluster
}

output "repository" {
  description = "Where images are pushed to."
  value       = module.stack.repository
}

output "dashboard" {
  description = "Where the alarms' graphs are."
  value       = module.stack.dashboard
}
