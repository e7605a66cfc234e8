output "names" {
  description = "Names of the buckets static and media."
  value       = { for name, bucket in aws_s3_bucket.main : name => bucket.bucket }
}

output "static_domain_name" {
  description = "Where CloudFront finds the static files."
  value       = aws_s3_bucket.main["static"].bucket_regional_domain_name
}

output "policy" {
  description = "What a role may do to read and write files."
  value       = data.aws_iam_policy_document.use.json
}
