output "name" {
  description = "The queue's name."
  value       = aws_sqs_queue.this.name
}

output "arn" {
  description = "The queue's ARN."
  value       = aws_sqs_queue.this.arn
}

output "url" {
  description = "The queue's URL."
  value       = aws_sqs_queue.this.id
}

output "seconds" {
  description = "When a message that was taken is delivered again, and how long it is retained at most."
  value       = { visibility = aws_sqs_queue.this.visibility_timeout_seconds, retention = aws_sqs_queue.this.message_retention_seconds }
}
