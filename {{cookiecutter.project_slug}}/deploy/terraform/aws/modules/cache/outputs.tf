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

output "nodes" {
  description = "What CloudWatch calls each node, and whether its server may forget."
  value = merge([
    for name, server in var.servers : {
      for parts in setproduct(
        server.shards > 0 ? formatlist("-%04d", range(1, server.shards + 1)) : [""],
        formatlist("-%03d", range(1, var.replicas + 2)),
      ) :
      "${name}${join("", parts)}" => { id = "${var.name}-${name}${join("", parts)}", evicts = server.evicts }
    }
  ]...)
}
