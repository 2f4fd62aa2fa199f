output "name" {
  description = "The queue's name."
  value       = module.messages.name
}

output "arn" {
  description = "The queue's ARN."
  value       = module.messages.arn
}

output "dead_letters_name" {
  description = "The dead-letter queue's name."
  value       = module.dead_letters.name
}

output "rules" {
  description = "What feeds it: pattern or schedule by the rule's name."
  value       = { for name, rule in var.rules : name => coalesce(rule.pattern, rule.schedule) }
}
