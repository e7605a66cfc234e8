# CloudFront alone comes to the load balancer, by a way of its own into the VPC.

locals {
  internal = true
  # CloudFront has written the browser's address, and this one must not write CloudFront's behind it.
  forwarded_for = "preserve"
}

data "aws_ec2_managed_prefix_list" "cloudfront" {
  name = "com.amazonaws.global.cloudfront.origin-facing"
}

resource "aws_vpc_security_group_ingress_rule" "cloudfront" {
  security_group_id = aws_security_group.main.id
  description       = "HTTPS from CloudFront"
  prefix_list_id    = data.aws_ec2_managed_prefix_list.cloudfront.id
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
}
