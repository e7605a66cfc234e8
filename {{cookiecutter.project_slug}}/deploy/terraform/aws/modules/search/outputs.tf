output "url" {
  description = "The domain, as a URL."
  value = join("", [
    "https://${local.user}:${random_password.main.result}@",
    "${aws_opensearch_domain.main.endpoint}:443",
  ])
  sensitive = true
}

output "domain_name" {
  description = "Name of the domain."
  value       = aws_opensearch_domain.main.domain_name
}
