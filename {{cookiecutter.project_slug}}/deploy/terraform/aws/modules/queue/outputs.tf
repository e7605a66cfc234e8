output "url" {
  description = "The queue of tasks."
  value       = aws_sqs_queue.tasks.url
}

output "name" {
  description = "Name of the queue of tasks."
  value       = aws_sqs_queue.tasks.name
}

output "dead_name" {
  description = "Name of the queue of tasks that were given up."
  value       = aws_sqs_queue.dead.name
}

output "policy" {
  description = "What a role may do to queue tasks and to take them."
  value       = data.aws_iam_policy_document.use.json
}
