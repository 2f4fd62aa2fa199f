output "name" {
  description = "The queue's name."
  value       = aws_sqs_queue.this.name
}

output "arn" {
  description = "The queue's ARN."
  value       = aws_sqs_queue.this.arn
}

output "dead_letters_name" {
  description = "The dead-letter queue's name."
  value       = aws_sqs_queue.dead_letters.name
}

output "rules" {
  description = "What feeds it: pattern or schedule by the rule's name."
  value       = { for name, rule in var.rules : name => coalesce(rule.pattern, rule.schedule) }
}
