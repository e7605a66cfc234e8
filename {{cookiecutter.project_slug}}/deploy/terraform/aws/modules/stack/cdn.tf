module "cdn" {
  source = "../cdn"

  name               = local.name
  domain             = var.domain
  zone_id            = data.aws_route53_zone.main.zone_id
  certificate_arn    = module.certificate.arns["us-east-1"]
  balancer           = { arn = module.balancer.arn, dns_name = module.balancer.dns_name }
#% if cookiecutter.tier == "scale"
  sockets            = module.balancer.sockets
#% endif
  static_domain_name = module.storage.static_domain_name
}

module "storage" {
  source = "../storage"

  name                = local.name
  distribution_arn    = module.cdn.arn
  deletion_protection = var.deletion_protection
}
