output "event_bus" {
  description = "The bus of outcomes."
  value       = { name = aws_cloudwatch_event_bus.this.name, arn = aws_cloudwatch_event_bus.this.arn }
}

output "topic_arn" {
  description = "The topic of bad outcomes and alarms."
  value       = aws_sns_topic.alerts.arn

  depends_on = [aws_sns_topic_policy.alerts]
}
