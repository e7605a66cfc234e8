output "urls" {
  description = "The servers as URLs, by name."
  value = {
    for name, server in aws_elasticache_replication_group.main : name => join("", [
      "rediss://:${random_password.main.result}@",
      coalesce(server.configuration_endpoint_address, server.primary_endpoint_address), ":6379",
    ])
  }
  sensitive = true
}

output "identifiers" {
  description = "What CloudWatch calls the first node of each server, by the server's name."
  value = {
    for name, server in var.servers : name => join("-", compact([
      var.name, name, server.shards > 0 ? "0001" : "", "001",
    ]))
  }
}
