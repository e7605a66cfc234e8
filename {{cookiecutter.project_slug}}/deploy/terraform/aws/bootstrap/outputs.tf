output "state_bucket" {
  description = "Where Terraform keeps the state of the environments."
  value       = aws_s3_bucket.state.bucket
}

output "repository" {
  description = "Where images are pushed to."
  value       = aws_ecr_repository.main.repository_url
}

output "role_arns" {
  description = "Variables of the repository on GitHub: AWS_PLAN_ROLE, AWS_APPLY_ROLE and AWS_DEPLOY_ROLE."
  value       = { for name, role in aws_iam_role.main : "AWS_${upper(name)}_ROLE" => role.arn }
}
