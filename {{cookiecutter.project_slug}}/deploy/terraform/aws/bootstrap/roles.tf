# Roles that GitHub's workflows take on, without any key: GitHub signs who asks, and from where.

resource "aws_iam_openid_connect_provider" "github" {
  count = var.create_account_wide ? 1 : 0

  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  account = data.aws_caller_identity.current.account_id

  # Who may take on which role. Pull requests are planned for what may be seen by whoever writes one. All else is
  # up to an environment of GitHub, which can want somebody's approval first, and has roles of its own.
  roles = merge(
    { plan = "${var.github_subject}:pull_request" },
    { for name in var.environments : "apply-${name}" => "${var.github_subject}:environment:${name}" },
    { for name in var.environments : "deploy-${name}" => "${var.github_subject}:environment:${name}" },
  )
  planned = setsubtract(var.environments, ["production"])
}

data "aws_iam_policy_document" "trust" {
  for_each = local.roles

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::${local.account}:oidc-provider/token.actions.githubusercontent.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = [each.value]
    }
  }
}

resource "aws_iam_role" "main" {
  for_each = local.roles

  name                 = "${var.project}-github-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 2 * 3600

  depends_on = [aws_iam_openid_connect_provider.github]
}

# plan: reads everything but what people and processes keep to themselves, and writes only the lock. State holds
# passwords: who may plan an environment can read them.
resource "aws_iam_role_policy_attachment" "plan" {
  role       = aws_iam_role.main["plan"].name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

locals {
  planned_states = [for name in local.planned : "${aws_s3_bucket.state.arn}/${name}.tfstate"]
  planned_locks  = [for state in local.planned_states : "${state}.tflock"]
  planned_secrets = [
    for name in local.planned : "arn:aws:secretsmanager:*:${local.account}:secret:${var.project}-${name}/*"
  ]
}

data "aws_iam_policy_document" "plan" {
  statement {
    actions   = ["s3:DeleteObject", "s3:PutObject"]
    resources = local.planned_locks
  }

  # Terraform compares what it has written with what is there.
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = local.planned_secrets
  }

  # ReadOnlyAccess would allow it: uploads, and the state of other environments.
  statement {
    effect        = "Deny"
    actions       = ["s3:GetObject", "s3:GetObjectVersion"]
    not_resources = concat(local.planned_states, local.planned_locks)
  }

  # So do these, of tasks that wait and of what the processes log.
  statement {
    effect    = "Deny"
    actions   = ["logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartQuery", "sqs:ReceiveMessage"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "plan" {
  name   = "plan"
  role   = aws_iam_role.main["plan"].id
  policy = data.aws_iam_policy_document.plan.json
}

# apply: everything but people's accounts and other environments, and roles of its own environment only.
resource "aws_iam_role_policy_attachment" "apply" {
  for_each = var.environments

  role       = aws_iam_role.main["apply-${each.key}"].name
  policy_arn = "arn:aws:iam::aws:policy/PowerUserAccess"
}

data "aws_iam_policy_document" "apply" {
  for_each = var.environments

  statement {
    actions = [
      "iam:AttachRolePolicy",
      "iam:CreateRole",
      "iam:DeleteRole",
      "iam:DeleteRolePolicy",
      "iam:DetachRolePolicy",
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListInstanceProfilesForRole",
      "iam:ListRolePolicies",
      "iam:PassRole",
      "iam:PutRolePolicy",
      "iam:TagRole",
      "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy",
    ]
    resources = ["arn:aws:iam::${local.account}:role/${var.project}-${each.key}-*"]
  }

  # What is another environment's bears its tag (providers.tf), or its name where tags don't count. Whoever may make
  # roles could still make one that reaches further: GitHub's environments are for the branch main alone.
  statement {
    effect    = "Deny"
    actions   = ["*"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Environment"
      values   = setsubtract(var.environments, [each.key])
    }
  }

  statement {
    effect  = "Deny"
    actions = ["s3:*"]
    resources = concat(["${aws_s3_bucket.state.arn}/bootstrap.tfstate*"], flatten([
      for name in setsubtract(var.environments, [each.key]) : [
        "${aws_s3_bucket.state.arn}/${name}.tfstate*",
        "arn:aws:s3:::${var.project}-${name}-*",
      ]
    ]))
  }
}

resource "aws_iam_role_policy" "apply" {
  for_each = var.environments

  name   = "apply"
  role   = aws_iam_role.main["apply-${each.key}"].id
  policy = data.aws_iam_policy_document.apply[each.key].json
}

# deploy: pushes images, and starts releases of them.
data "aws_iam_policy_document" "deploy" {
  for_each = var.environments

  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:DescribeRepositories",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = [aws_ecr_repository.main.arn]
  }

  # ECS has no resource for these to be limited to.
  statement {
    actions = [
      "ecs:DeregisterTaskDefinition",
      "ecs:DescribeTaskDefinition",
      "ecs:ListTaskDefinitions",
      "ecs:RegisterTaskDefinition",
    ]
    resources = ["*"]
  }

  statement {
    actions = ["ecs:DescribeClusters", "ecs:DescribeServices", "ecs:DescribeTasks", "ecs:RunTask", "ecs:UpdateService"]
    resources = [
      for kind in ["cluster", "service", "task", "task-definition"] :
      "arn:aws:ecs:*:${local.account}:${kind}/${var.project}-${each.key}*"
    ]
  }

  statement {
    actions   = ["logs:FilterLogEvents", "logs:GetLogEvents"]
    resources = ["arn:aws:logs:*:${local.account}:log-group:/${var.project}-${each.key}/*"]
  }

  statement {
    actions   = ["iam:PassRole"]
    resources = ["arn:aws:iam::${local.account}:role/${var.project}-${each.key}-*"]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "deploy" {
  for_each = var.environments

  name   = "deploy"
  role   = aws_iam_role.main["deploy-${each.key}"].id
  policy = data.aws_iam_policy_document.deploy[each.key].json
}
