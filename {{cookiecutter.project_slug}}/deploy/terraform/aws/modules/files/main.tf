# Uploads, on a file system that web and worker share.

resource "aws_efs_file_system" "media" {
  creation_token   = "${var.name}-media"
  encrypted        = true
  throughput_mode  = "elastic"
  performance_mode = "generalPurpose"

  lifecycle_policy {
    transition_to_ia = "AFTER_30_DAYS"
  }

  tags = { Name = "${var.name}-media" }
}

resource "aws_efs_backup_policy" "media" {
  file_system_id = aws_efs_file_system.media.id

  backup_policy {
    status = "ENABLED"
  }
}

resource "aws_efs_access_point" "media" {
  file_system_id = aws_efs_file_system.media.id

  # The user of the image.
  posix_user {
    uid = 10001
    gid = 10001
  }

  root_directory {
    path = "/media"

    creation_info {
      owner_uid   = 10001
      owner_gid   = 10001
      permissions = "0750"
    }
  }
}

resource "aws_security_group" "media" {
  name        = "${var.name}-media"
  description = "Uploads"
  vpc_id      = var.vpc_id
}

resource "aws_efs_mount_target" "media" {
  for_each = var.subnet_ids

  file_system_id  = aws_efs_file_system.media.id
  subnet_id       = each.value
  security_groups = [aws_security_group.media.id]
}

resource "aws_vpc_security_group_ingress_rule" "media" {
  for_each = var.clients

  security_group_id            = aws_security_group.media.id
  description                  = "NFS from ${each.key}"
  referenced_security_group_id = each.value
  from_port                    = 2049
  to_port                      = 2049
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "media" {
  for_each = var.clients

  security_group_id            = each.value
  description                  = "Uploads"
  referenced_security_group_id = aws_security_group.media.id
  from_port                    = 2049
  to_port                      = 2049
  ip_protocol                  = "tcp"
}

data "aws_iam_policy_document" "use" {
  statement {
    actions   = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    resources = [aws_efs_file_system.media.arn]

    condition {
      test     = "StringEquals"
      variable = "elasticfilesystem:AccessPointArn"
      values   = [aws_efs_access_point.media.arn]
    }
  }
}
