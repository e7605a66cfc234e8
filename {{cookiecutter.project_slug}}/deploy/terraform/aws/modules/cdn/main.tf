# The one host that browsers see. CloudFront keeps static files and hands all else on.

locals {
  origins = {
    app = { arn = var.balancer.arn, protocol = "https-only" }
#% if cookiecutter.tier == "scale"
    # Inside of AWS's network, which encrypts by itself.
    sockets = { arn = var.sockets.arn, protocol = "http-only" }
#% endif
  }
}

resource "aws_cloudfront_vpc_origin" "main" {
  for_each = local.origins

  vpc_origin_endpoint_config {
    name                   = "${var.name}-${each.key}"
    arn                    = each.value.arn
    http_port              = 80
    https_port             = 443
    origin_protocol_policy = each.value.protocol

    origin_ssl_protocols {
      items    = ["TLSv1.2"]
      quantity = 1
    }
  }
}

resource "aws_cloudfront_origin_access_control" "static" {
  name                              = "${var.name}-static"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

data "aws_cloudfront_cache_policy" "optimized" {
  name = "Managed-CachingOptimized"
}

data "aws_cloudfront_cache_policy" "disabled" {
  name = "Managed-CachingDisabled"
}

data "aws_cloudfront_origin_request_policy" "all" {
  name = "Managed-AllViewer"
}

resource "aws_cloudfront_distribution" "main" {
  enabled         = true
  comment         = var.name
  aliases         = [var.domain]
  http_version    = "http2and3"
  is_ipv6_enabled = true
  price_class     = "PriceClass_100"
#% if cookiecutter.tier != "pilot"
  web_acl_id      = aws_wafv2_web_acl.main.arn
#% endif
##%
  origin {
    origin_id   = "app"
    domain_name = var.balancer.dns_name

    vpc_origin_config {
      vpc_origin_id = aws_cloudfront_vpc_origin.main["app"].id
      # Seconds. The balancer keeps an unused connection for 60: the side that opens them closes them first.
      origin_keepalive_timeout = 50
      origin_read_timeout      = 60
    }
  }

#% if cookiecutter.tier == "scale"
  origin {
    origin_id   = "sockets"
    domain_name = var.sockets.dns_name

    vpc_origin_config {
      vpc_origin_id = aws_cloudfront_vpc_origin.main["sockets"].id
    }
  }

#% endif
  origin {
    origin_id                = "static"
    domain_name              = var.static_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.static.id
  }

  default_cache_behavior {
    target_origin_id         = "app"
    viewer_protocol_policy   = "redirect-to-https"
    allowed_methods          = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
    cached_methods           = ["GET", "HEAD"]
    cache_policy_id          = data.aws_cloudfront_cache_policy.disabled.id
    origin_request_policy_id = data.aws_cloudfront_origin_request_policy.all.id
    compress                 = true
  }

  # Names carry a hash, and files say that they may be kept for ever.
  ordered_cache_behavior {
    path_pattern           = "/static/*"
    target_origin_id       = "static"
    viewer_protocol_policy = "redirect-to-https"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = data.aws_cloudfront_cache_policy.optimized.id
    compress               = true
  }

  # The application knows who asks, and answers with an address in the bucket that is signed and expires.
  ordered_cache_behavior {
    path_pattern             = "/media/*"
    target_origin_id         = "app"
    viewer_protocol_policy   = "redirect-to-https"
    allowed_methods          = ["GET", "HEAD"]
    cached_methods           = ["GET", "HEAD"]
    cache_policy_id          = data.aws_cloudfront_cache_policy.disabled.id
    origin_request_policy_id = data.aws_cloudfront_origin_request_policy.all.id
    compress                 = false
  }

  # Messages are compressed by the application.
  ordered_cache_behavior {
    path_pattern             = "/ws/*"
    target_origin_id         = "{{ 'sockets' if cookiecutter.tier == 'scale' else 'app' }}"
    viewer_protocol_policy   = "https-only"
    allowed_methods          = ["GET", "HEAD"]
    cached_methods           = ["GET", "HEAD"]
    cache_policy_id          = data.aws_cloudfront_cache_policy.disabled.id
    origin_request_policy_id = data.aws_cloudfront_origin_request_policy.all.id
    compress                 = false
  }

  viewer_certificate {
    acm_certificate_arn      = var.certificate_arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }
}

resource "aws_route53_record" "site" {
  for_each = toset(["A", "AAAA"])

  zone_id = var.zone_id
  name    = var.domain
  type    = each.key

  alias {
    name                   = aws_cloudfront_distribution.main.domain_name
    zone_id                = aws_cloudfront_distribution.main.hosted_zone_id
    evaluate_target_health = false
  }
}
