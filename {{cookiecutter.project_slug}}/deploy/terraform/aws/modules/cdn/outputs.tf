output "arn" {
  description = "The distribution."
  value       = aws_cloudfront_distribution.main.arn
}
