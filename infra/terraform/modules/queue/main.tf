locals {
  name      = var.function.name
  rule_arns = [for rule in aws_cloudwatch_event_rule.this : rule.arn]
}

# What feeds it

resource "aws_cloudwatch_event_rule" "this" {
  for_each = var.rules

  name                = "${local.name}-${each.key}"
  description         = each.value.description
  event_pattern       = each.value.pattern
  schedule_expression = each.value.schedule
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = var.rules

  rule = aws_cloudwatch_event_rule.this[each.key].name
  arn  = module.messages.arn

  # What EventBridge cannot deliver within a day.
  dead_letter_config {
    arn = module.dead_letters.arn
  }

  depends_on = [module.messages]
}

# The queues

module "messages" {
  source = "../rule-queue"

  name           = local.name
  rule_arns      = local.rule_arns
  retention_days = 4
  # Lambda developer guide, "Using Lambda with Amazon SQS": six times the function's timeout.
  visibility_timeout_seconds = 6 * var.function.timeout_seconds
  kms_key_arn                = var.common.kms_key_arn

  redrive_policy = jsonencode({
    deadLetterTargetArn = module.dead_letters.arn
    maxReceiveCount     = 5
  })
}

module "dead_letters" {
  source = "../rule-queue"

  name        = "${local.name}-dead-letters"
  rule_arns   = local.rule_arns
  kms_key_arn = var.common.kms_key_arn

  alarm = {
    description = "${local.name} did not finish a message in five deliveries. Look at its log, fix the cause, then redrive ${local.name}-dead-letters."
    topic_arn   = var.common.alarm_topic_arn
  }
}

resource "aws_sqs_queue_redrive_allow_policy" "this" {
  queue_url = module.dead_letters.url
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [module.messages.arn]
  })
}

# What empties it

resource "aws_lambda_event_source_mapping" "this" {
  event_source_arn        = module.messages.arn
  function_name           = var.function.arn
  batch_size              = var.batch_size
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.concurrency
  }

  depends_on = [aws_iam_role_policy.consume]
}

resource "aws_iam_role_policy" "consume" {
  name = "${local.name}-queue"
  role = var.function.role_name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "TakeMessages"
      Effect   = "Allow"
      Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
      Resource = [module.messages.arn]
    }]
  })
}

# Alarms

resource "aws_cloudwatch_metric_alarm" "age" {
  alarm_name          = "${local.name}-queue-age"
  alarm_description   = "A message has waited ${var.max_age_seconds} s for ${local.name}: it fails, is throttled, or has more work than it can do."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = module.messages.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.max_age_seconds
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.common.alarm_topic_arn]
  ok_actions          = [var.common.alarm_topic_arn]
}
