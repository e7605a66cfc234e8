output "volume" {
  description = "What a task mounts."
  value = {
    file_system_id  = aws_efs_file_system.media.id
    access_point_id = aws_efs_access_point.media.id
    path            = "/app/media"
  }

  # A task that starts before there is something to mount fails.
  depends_on = [aws_efs_mount_target.media]
}

output "policy" {
  description = "What a role may do to read and write files."
  value       = data.aws_iam_policy_document.use.json
}
