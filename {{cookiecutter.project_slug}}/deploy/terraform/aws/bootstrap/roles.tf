# Roles that GitHub's workflows take on, without any key: GitHub signs who asks, and from where.

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  account = data.aws_caller_identity.current.account_id

  # Who may take on which role. An environment of GitHub can want somebody's approval first.
  roles = {
    plan   = ["${var.github_subject}:pull_request", "${var.github_subject}:ref:refs/heads/main"]
    apply  = [for name in var.environments : "${var.github_subject}:environment:${name}"]
    deploy = [for name in var.environments : "${var.github_subject}:environment:${name}"]
  }
}

data "aws_iam_policy_document" "trust" {
  for_each = local.roles

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = each.value
    }
  }
}

resource "aws_iam_role" "main" {
  for_each = local.roles

  name                 = "${var.project}-github-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 2 * 3600
}

# plan: reads everything, and writes only the lock. State holds passwords: who may plan can read them.
resource "aws_iam_role_policy_attachment" "plan" {
  role       = aws_iam_role.main["plan"].name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

data "aws_iam_policy_document" "plan" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.state.arn}/*"]
  }

  statement {
    actions   = ["s3:DeleteObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.state.arn}/*.tflock"]
  }

  # Terraform compares what it has written with what is there.
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["arn:aws:secretsmanager:*:${local.account}:secret:${var.project}-*"]
  }
}

resource "aws_iam_role_policy" "plan" {
  name   = "plan"
  role   = aws_iam_role.main["plan"].id
  policy = data.aws_iam_policy_document.plan.json
}

# apply: everything but people's accounts, and roles of this project only.
resource "aws_iam_role_policy_attachment" "apply" {
  role       = aws_iam_role.main["apply"].name
  policy_arn = "arn:aws:iam::aws:policy/PowerUserAccess"
}

data "aws_iam_policy_document" "apply" {
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
    resources = [
      for name in var.environments :
      "arn:aws:iam::${local.account}:role/${var.project}-${name}-*"
    ]
  }
}

resource "aws_iam_role_policy" "apply" {
  name   = "roles"
  role   = aws_iam_role.main["apply"].id
  policy = data.aws_iam_policy_document.apply.json
}

# deploy: pushes images, and starts releases of them.
data "aws_iam_policy_document" "deploy" {
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
    resources = flatten([
      for name in var.environments : [
        for kind in ["cluster", "service", "task", "task-definition"] :
        "arn:aws:ecs:*:${local.account}:${kind}/${var.project}-${name}*"
      ]
    ])
  }

  statement {
    actions = ["logs:FilterLogEvents", "logs:GetLogEvents"]
    resources = [
      for name in var.environments :
      "arn:aws:logs:*:${local.account}:log-group:/${var.project}-${name}/*"
    ]
  }

  statement {
    actions = ["iam:PassRole"]
    resources = [
      for name in var.environments :
      "arn:aws:iam::${local.account}:role/${var.project}-${name}-*"
    ]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "deploy" {
  name   = "deploy"
  role   = aws_iam_role.main["deploy"].id
  policy = data.aws_iam_policy_document.deploy.json
}
