# CloudFront's firewall. AWS keeps the rules. One that takes for an attack what is none can be made to count.

locals {
  # Groups of rules, and those among them that only count.
  managed_rules = {
    AWSManagedRulesAmazonIpReputationList = []
    AWSManagedRulesKnownBadInputsRuleSet  = []
    # Forms may be longer than 8 KB.
    AWSManagedRulesCommonRuleSet = ["SizeRestrictions_BODY"]
  }
}

locals {
  metrics = { CloudWatchMetricsEnabled = true, SampledRequestsEnabled = true }
}

resource "aws_wafv2_web_acl" "main" {
  region = "us-east-1" # CloudFront's
  name   = var.name
  scope  = "CLOUDFRONT"

  # As JSON, as AWS documents it: https://docs.aws.amazon.com/waf/latest/APIReference/API_Rule.html
  rule_json = jsonencode(concat(
    [{
      Name             = "TooManyRequests"
      Priority         = 0
      Action           = { Block = {} }
      Statement        = { RateBasedStatement = { AggregateKeyType = "IP", Limit = var.requests_per_5_minutes } }
      VisibilityConfig = merge(local.metrics, { MetricName = "TooManyRequests" })
    }],
    [for index, name in keys(local.managed_rules) : {
      Name           = name
      Priority       = index + 1
      OverrideAction = { None = {} }
      Statement = {
        ManagedRuleGroupStatement = {
          VendorName = "AWS"
          Name       = name
          RuleActionOverrides = [
            for rule in local.managed_rules[name] : { Name = rule, ActionToUse = { Count = {} } }
          ]
        }
      }
      VisibilityConfig = merge(local.metrics, { MetricName = name })
    }],
  ))

  default_action {
    allow {}
  }

  visibility_config {
    metric_name                = var.name
    cloudwatch_metrics_enabled = true
    sampled_requests_enabled   = true
  }
}

resource "aws_cloudwatch_log_group" "waf" {
  region            = "us-east-1"
  name              = "aws-waf-logs-${var.name}"
  retention_in_days = 30
}

resource "aws_wafv2_web_acl_logging_configuration" "main" {
  region                  = "us-east-1"
  resource_arn            = aws_wafv2_web_acl.main.arn
  log_destination_configs = [aws_cloudwatch_log_group.waf.arn]

  # A session's cookie is as good as a password.
  redacted_fields {
    single_header {
      name = "cookie"
    }
  }

  # What was let through is not logged.
  logging_filter {
    default_behavior = "DROP"

    filter {
      behavior    = "KEEP"
      requirement = "MEETS_ANY"

      condition {
        action_condition {
          action = "BLOCK"
        }
      }

      condition {
        action_condition {
          action = "COUNT"
        }
      }
    }
  }
}
