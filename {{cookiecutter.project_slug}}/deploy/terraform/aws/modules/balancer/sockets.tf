# WebSockets have a load balancer of their own, which hands packets on and holds no connections itself. CloudFront
# brings them to it, so that browsers see one host.

resource "aws_lb" "sockets" {
  name                             = "${var.name}-ws"
  load_balancer_type               = "network"
  internal                         = true
  subnets                          = var.subnet_ids
  security_groups                  = [aws_security_group.sockets.id]
  enable_cross_zone_load_balancing = true
  enable_deletion_protection       = var.deletion_protection
}

resource "aws_security_group" "sockets" {
  name        = "${var.name}-sockets"
  description = "Load balancer of WebSockets"
  vpc_id      = var.vpc_id
}

# A way into the VPC doesn't take a listener with TLS.
resource "aws_lb_listener" "sockets" {
  load_balancer_arn = aws_lb.sockets.arn
  port              = 80
  protocol          = "TCP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.sockets.arn
  }
}

resource "aws_lb_target_group" "sockets" {
  name        = "${var.name}-ws"
  vpc_id      = var.vpc_id
  target_type = "ip"
  protocol    = "TCP"
  port        = var.port
  # Sockets stay open until their task closes them, so there is little to wait for.
  deregistration_delay = 30

  # As patient as that of pages (main.tf).
  health_check {
    protocol            = "HTTP"
    path                = "/health/ready"
    matcher             = "200"
    interval            = 30
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 10
  }
}

resource "aws_vpc_security_group_ingress_rule" "sockets" {
  security_group_id = aws_security_group.sockets.id
  description       = "WebSockets from CloudFront"
  prefix_list_id    = data.aws_ec2_managed_prefix_list.cloudfront.id
  from_port         = 80
  to_port           = 80
  ip_protocol       = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "sockets" {
  security_group_id            = aws_security_group.sockets.id
  description                  = "Web tasks"
  referenced_security_group_id = var.web_security_group_id
  from_port                    = var.port
  to_port                      = var.port
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_ingress_rule" "web_sockets" {
  security_group_id            = var.web_security_group_id
  description                  = "Load balancer of WebSockets"
  referenced_security_group_id = aws_security_group.sockets.id
  from_port                    = var.port
  to_port                      = var.port
  ip_protocol                  = "tcp"
}
