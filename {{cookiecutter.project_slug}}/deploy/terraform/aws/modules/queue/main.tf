resource "aws_sqs_queue" "tasks" {
  name                       = "${var.name}-tasks"
  visibility_timeout_seconds = var.visibility_timeout
  message_retention_seconds  = 14 * 24 * 3600
  receive_wait_time_seconds  = 3
  sqs_managed_sse_enabled    = true

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    # A task comes again when its worker died, so this many have died with it.
    maxReceiveCount = 5
  })
}

resource "aws_sqs_queue" "dead" {
  name                      = "${var.name}-tasks-dead"
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url = aws_sqs_queue.dead.url

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.tasks.arn]
  })
}

data "aws_iam_policy_document" "encrypted_only" {
  for_each = { tasks = aws_sqs_queue.tasks.arn, dead = aws_sqs_queue.dead.arn }

  statement {
    sid       = "EncryptedOnly"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value]

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

resource "aws_sqs_queue_policy" "encrypted_only" {
  for_each = { tasks = aws_sqs_queue.tasks.url, dead = aws_sqs_queue.dead.url }

  queue_url = each.value
  policy    = data.aws_iam_policy_document.encrypted_only[each.key].json
}

data "aws_iam_policy_document" "use" {
  statement {
    actions = [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:ReceiveMessage",
      "sqs:SendMessage",
    ]
    resources = [aws_sqs_queue.tasks.arn]
  }
}
