# Browsers come straight to the load balancer.

locals {
  internal      = false
  forwarded_for = "append"
}

resource "aws_vpc_security_group_ingress_rule" "browsers" {
  for_each = { HTTP = 80, HTTPS = 443 }

  security_group_id = aws_security_group.main.id
  description       = "${each.key} from everywhere"
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = each.value
  to_port           = each.value
  ip_protocol       = "tcp"
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.main.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_route53_record" "site" {
  zone_id = var.zone_id
  name    = var.domain
  type    = "A"

  alias {
    name                   = aws_lb.main.dns_name
    zone_id                = aws_lb.main.zone_id
    evaluate_target_health = false
  }
}
