output "arns" {
  description = "The certificate of each region, once it is valid."
  value       = { for region, valid in aws_acm_certificate_validation.main : region => valid.certificate_arn }
}
