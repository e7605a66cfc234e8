output "state_bucket" {
  description = "Where Terraform keeps the state of the environments."
  value       = aws_s3_bucket.state.bucket
}

output "repository" {
  description = "Where images are pushed to."
  value       = aws_ecr_repository.main.repository_url
}

output "roles" {
  description = "How the roles' ARNs begin: the variable AWS_ROLES of the repository on GitHub."
  value       = "arn:aws:iam::${local.account}:role/${var.project}-github"
}
