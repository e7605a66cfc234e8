output "arn" {
  description = "The load balancer."
  value       = aws_lb.main.arn
}

output "dns_name" {
  description = "The load balancer's own name."
  value       = aws_lb.main.dns_name
}

output "arn_suffix" {
  description = "What CloudWatch calls the load balancer."
  value       = aws_lb.main.arn_suffix
}

output "target_group_arn_suffix" {
  description = "What CloudWatch calls its web tasks."
  value       = aws_lb_target_group.web.arn_suffix
}

output "target_groups" {
  description = "Target groups of the web tasks, by name."
  # Once a listener is there: ECS doesn't start tasks for a target group that nothing sends to.
  depends_on = [aws_lb_listener.https]

#% if cookiecutter.tier == "scale"
  value = {
    web     = aws_lb_target_group.web.arn
    sockets = aws_lb_target_group.sockets.arn
  }
#% else
  value = { web = aws_lb_target_group.web.arn }
#% endif
}
#% if cookiecutter.tier == "scale"
##%
output "sockets" {
  description = "The load balancer of WebSockets: its ARN, its own name, and what CloudWatch calls it and its tasks."
  value = {
    arn                     = aws_lb.sockets.arn
    dns_name                = aws_lb.sockets.dns_name
    arn_suffix              = aws_lb.sockets.arn_suffix
    target_group_arn_suffix = aws_lb_target_group.sockets.arn_suffix
  }
}
#% endif
