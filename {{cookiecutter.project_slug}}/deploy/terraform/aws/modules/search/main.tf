# OpenSearch, which finds documents.

data "aws_caller_identity" "current" {}

# It wants all kinds of characters. These need no escape in a URL.
resource "random_password" "main" {
  length           = 40
  override_special = "-_."
  min_lower        = 1
  min_numeric      = 1
  min_special      = 1
  min_upper        = 1
}

locals {
  user = "app"
  # Names have 28 characters at most.
  name = trimsuffix(substr(var.name, 0, 28), "-")
}

resource "aws_opensearch_domain" "main" {
  domain_name    = local.name
  engine_version = "OpenSearch_3.1"

  cluster_config {
    instance_type            = var.size.instance_type
    instance_count           = var.size.instances
    dedicated_master_enabled = true
    dedicated_master_count   = 3
    dedicated_master_type    = var.size.master_type
    zone_awareness_enabled   = true

    zone_awareness_config {
      availability_zone_count = length(var.subnet_ids)
    }
  }

  ebs_options {
    ebs_enabled = true
    volume_type = "gp3"
    volume_size = var.size.storage
  }

  vpc_options {
    subnet_ids         = var.subnet_ids
    security_group_ids = [aws_security_group.main.id]
  }

  encrypt_at_rest {
    enabled = true
  }

  node_to_node_encryption {
    enabled = true
  }

  domain_endpoint_options {
    enforce_https       = true
    tls_security_policy = "Policy-Min-TLS-1-2-PFS-2023-10"
  }

  advanced_security_options {
    enabled                        = true
    internal_user_database_enabled = true

    master_user_options {
      master_user_name     = local.user
      master_user_password = random_password.main.result
    }
  }

  log_publishing_options {
    enabled                  = true
    log_type                 = "ES_APPLICATION_LOGS"
    cloudwatch_log_group_arn = aws_cloudwatch_log_group.main.arn
  }

  depends_on = [aws_cloudwatch_log_resource_policy.main]
}

# Who may ask at all; with what is up to the user and its password.
data "aws_iam_policy_document" "access" {
  statement {
    actions   = ["es:ESHttp*"]
    resources = ["${aws_opensearch_domain.main.arn}/*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}

resource "aws_opensearch_domain_policy" "main" {
  domain_name     = aws_opensearch_domain.main.domain_name
  access_policies = data.aws_iam_policy_document.access.json
}

resource "aws_cloudwatch_log_group" "main" {
  name              = "/${var.name}/search"
  retention_in_days = 30
}

data "aws_iam_policy_document" "logs" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.main.arn}:*"]

    principals {
      type        = "Service"
      identifiers = ["es.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_cloudwatch_log_resource_policy" "main" {
  policy_name     = "${var.name}-search"
  policy_document = data.aws_iam_policy_document.logs.json
}

resource "aws_security_group" "main" {
  name        = "${var.name}-search"
  description = "OpenSearch"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "main" {
  for_each = var.clients

  security_group_id            = aws_security_group.main.id
  description                  = "HTTPS from ${each.key}"
  referenced_security_group_id = each.value
  from_port                    = 443
  to_port                      = 443
  ip_protocol                  = "tcp"
}
