resource "aws_lb" "main" {
  name                       = var.name
  load_balancer_type         = "application"
  internal                   = local.internal
  subnets                    = var.subnet_ids
  security_groups            = [aws_security_group.main.id]
  idle_timeout               = 60
  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection
  xff_header_processing_mode = local.forwarded_for

  access_logs {
    enabled = true
    bucket  = aws_s3_bucket.logs.id
  }

  depends_on = [aws_s3_bucket_policy.logs]
}

resource "aws_security_group" "main" {
  name        = "${var.name}-balancer"
  description = "Load balancer"
  vpc_id      = var.vpc_id
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.main.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}

resource "aws_lb_target_group" "web" {
  name        = var.name
  vpc_id      = var.vpc_id
  target_type = "ip"
  protocol    = "HTTP"
  port        = var.port
  # Seconds that running requests get before their task is told to stop. Then they get another 25
  # (config/gunicorn.py).
  deregistration_delay = 30

  # ECS replaces a task that fails this, and all tasks fail it while the database or Valkey fails over: that is over
  # within five minutes. A process that hangs is found by the container's own check (modules/service).
  health_check {
    path                = "/health/ready"
    matcher             = "200"
    interval            = 30
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 10
  }

  # Any task can serve any browser. This only keeps the load as it was spread.
  stickiness {
    type            = "app_cookie"
    cookie_name     = "sessionid"
    cookie_duration = 86400
  }
}

resource "aws_vpc_security_group_egress_rule" "web" {
  security_group_id            = aws_security_group.main.id
  description                  = "Web tasks"
  referenced_security_group_id = var.web_security_group_id
  from_port                    = var.port
  to_port                      = var.port
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_ingress_rule" "web" {
  security_group_id            = var.web_security_group_id
  description                  = "Load balancer"
  referenced_security_group_id = aws_security_group.main.id
  from_port                    = var.port
  to_port                      = var.port
  ip_protocol                  = "tcp"
}
