# What all environments share: where Terraform keeps its state, where images are, and who may deploy.

data "aws_caller_identity" "current" {}

resource "aws_s3_bucket" "state" {
  # All accounts of AWS share the names.
  bucket = "${var.project}-terraform-${data.aws_caller_identity.current.account_id}"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket                  = aws_s3_bucket.state.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    id     = "clean-up"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 365
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.state]
}

data "aws_iam_policy_document" "state" {
  statement {
    sid       = "EncryptedOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.state.arn, "${aws_s3_bucket.state.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "state" {
  bucket = aws_s3_bucket.state.id
  policy = data.aws_iam_policy_document.state.json
}

# One repository: what was tried in staging is what production gets.
resource "aws_ecr_repository" "main" {
  name                 = var.project
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "AES256"
  }
}

locals {
  # What one rule is for, those after it leave alone. Production comes first: what it runs may be the oldest.
  kept = concat(
    [
      for name in distinct(concat(["production"], tolist(var.environments))) : {
        description = "What ${name} runs, and can be rolled back to"
        selection   = { tagStatus = "tagged", tagPrefixList = ["${name}-"], countNumber = 20 }
      }
    ],
    [{
      description = "Everything else"
      selection   = { tagStatus = "any", countNumber = 20 }
    }],
  )
}

resource "aws_ecr_lifecycle_policy" "main" {
  repository = aws_ecr_repository.main.name

  policy = jsonencode({
    rules = [for index, images in local.kept : {
      rulePriority = index + 1
      description  = images.description
      selection    = merge({ countType = "imageCountMoreThan" }, images.selection)
      action       = { type = "expire" }
    }]
  })
}
