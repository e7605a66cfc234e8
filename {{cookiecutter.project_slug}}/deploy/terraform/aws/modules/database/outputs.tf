output "url" {
  description = "The database itself, as a URL. An authority that images don't know signs its certificate."
  value = join("", [
    "postgresql://${local.user}:${random_password.main.result}@${local.host}:5432/${local.user}",
    "?sslmode=require",
  ])
  sensitive = true
}

output "identifier" {
  description = "What CloudWatch calls the database."
  value       = var.name
}
#% if cookiecutter.tier == "scale"
##%
output "replica_url" {
  description = "The instances that only read, as a URL."
  value = join("", [
    "postgresql://${local.user}:${random_password.main.result}@",
    "${aws_rds_cluster.main.reader_endpoint}:5432/${local.user}?sslmode=require",
  ])
  sensitive = true
}
#% endif
#% if cookiecutter.__database_pooling == "managed"
##%
output "proxy_url" {
  description = "RDS Proxy, as a URL. The role of the task stands for the password."
  value = join("", [
    "postgresql://${local.user}@${aws_db_proxy.main.endpoint}:5432/${local.user}",
    # Amazon's public authority signs its certificate.
    "?sslmode=verify-full&sslrootcert=/etc/ssl/certs/ca-certificates.crt",
  ])
}

output "policy" {
  description = "What a role may do to log in to RDS Proxy."
  value       = data.aws_iam_policy_document.connect.json
}
#% elif cookiecutter.__database_pooling == "pgbouncer"
##%
output "host" {
  description = "The host of the database."
  value       = local.host
}

output "user" {
  description = "The user, whose database has the same name."
  value       = local.user
}

output "password" {
  description = "The user's password."
  value       = random_password.main.result
  sensitive   = true
}
#% endif
