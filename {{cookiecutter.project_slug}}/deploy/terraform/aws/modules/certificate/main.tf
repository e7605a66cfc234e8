# One certificate in each region that needs it. All are proven by the same record.

resource "aws_acm_certificate" "main" {
  for_each = var.regions

  region            = each.key
  domain_name       = var.domain
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  proof = one([
    for option in aws_acm_certificate.main[sort(var.regions)[0]].domain_validation_options : option
    if option.domain_name == var.domain
  ])
}

resource "aws_route53_record" "proof" {
  zone_id = var.zone_id
  name    = local.proof.resource_record_name
  type    = local.proof.resource_record_type
  records = [local.proof.resource_record_value]
  ttl     = 300
}

resource "aws_acm_certificate_validation" "main" {
  for_each = var.regions

  region                  = each.key
  certificate_arn         = aws_acm_certificate.main[each.key].arn
  validation_record_fqdns = [aws_route53_record.proof.fqdn]
}
