locals {
  name      = var.function.name
  rule_arns = [for rule in aws_cloudwatch_event_rule.this : rule.arn]
  queues    = { messages = aws_sqs_queue.this, dead_letters = aws_sqs_queue.dead_letters }
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
  arn  = aws_sqs_queue.this.arn

  # What EventBridge cannot deliver within a day.
  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }

  depends_on = [aws_sqs_queue_policy.this]
}

# The queues

resource "aws_sqs_queue" "this" {
  #checkov:skip=CKV_AWS_27:Encrypted with the deployment's key when there is one, else with the queue's own (SSE-SQS).
  name = local.name
  # Lambda developer guide, "Using Lambda with Amazon SQS": six times the function's timeout.
  visibility_timeout_seconds = 6 * var.function.timeout_seconds
  message_retention_seconds  = 4 * 24 * 3600
  sqs_managed_sse_enabled    = var.common.kms_key_arn == null ? true : null
  kms_master_key_id          = var.common.kms_key_arn

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "dead_letters" {
  #checkov:skip=CKV_AWS_27:As the queue above.
  name = "${local.name}-dead-letters"
  # Counted from the first arrival, so it must be longer than the queue's own.
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = var.common.kms_key_arn == null ? true : null
  kms_master_key_id         = var.common.kms_key_arn
}

resource "aws_sqs_queue_redrive_allow_policy" "this" {
  queue_url = aws_sqs_queue.dead_letters.id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.this.arn]
  })
}

resource "aws_sqs_queue_policy" "this" {
  for_each = local.queues

  queue_url = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "RulesOfThisQueue"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = each.value.arn
        Condition = { ArnEquals = { "aws:SourceArn" = local.rule_arns } }
      },
      {
        Sid       = "OnlyTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = each.value.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

# What empties it

resource "aws_lambda_event_source_mapping" "this" {
  event_source_arn        = aws_sqs_queue.this.arn
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
      Resource = [aws_sqs_queue.this.arn]
    }]
  })
}

# Who is told

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_name          = "${local.name}-dead-letters"
  alarm_description   = "${local.name} did not finish a message in five deliveries. Look at its log, mend, then redrive ${aws_sqs_queue.dead_letters.name}."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letters.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.common.alarm_topic_arn]
  ok_actions          = [var.common.alarm_topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "age" {
  alarm_name          = "${local.name}-queue-age"
  alarm_description   = "A message has waited ${var.max_age_seconds} s for ${local.name}: it fails, is throttled, or has more work than it can do."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.this.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.max_age_seconds
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.common.alarm_topic_arn]
  ok_actions          = [var.common.alarm_topic_arn]
}
