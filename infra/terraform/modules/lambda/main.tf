locals {
  name = "${var.common.name}-${var.function}"
  zip  = "${var.common.functions_folder}/${var.function}/bootstrap.zip"

  role_name = var.role == null ? aws_iam_role.this[0].name : var.role.role_name
  role_arn  = var.role == null ? aws_iam_role.this[0].arn : var.role.role_arn

  # The log group exists before the function runs, so it need not create one.
  log_statements = [{
    Sid      = "WriteLog"
    Effect   = "Allow"
    Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    Resource = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }]

  # A function without a policy of its own touches no data, and so no key.
  kms_statements = var.common.kms_key_arn == null || length(local.own_statements) == 0 ? [] : [{
    Sid      = "UseKey"
    Effect   = "Allow"
    Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
    Resource = [var.common.kms_key_arn]
  }]

  own_statements = jsondecode(var.policy).Statement
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_50:Metrics and logs with the load's identity answer what traces would; tracing costs per invocation.
  #checkov:skip=CKV_AWS_115:Only collect-events is called by strangers, and has a limit. The others are bounded by their triggers: the mapping's maximum, Firehose's shards, a schedule.
  #checkov:skip=CKV_AWS_116:What a function did not finish stays with its trigger: the dead-letter queue, the stream, or the next schedule.
  #checkov:skip=CKV_AWS_117:The functions call AWS APIs alone; in a VPC they would need an endpoint for each, and protect nothing.
  #checkov:skip=CKV_AWS_173:Encrypted with the deployment's key when there is one, else with Lambda's own.
  #checkov:skip=CKV_AWS_272:Signing needs a profile of the account; the zips are reproducible and can be compared by hash.
  function_name    = local.name
  description      = var.description
  role             = local.role_arn
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.common.architecture]
  filename         = local.zip
  source_code_hash = filebase64sha256(local.zip)
  memory_size      = var.memory_mb
  timeout          = var.timeout_seconds
  layers           = var.reads_pipelines ? [var.common.pipelines_layer_arn] : []
  kms_key_arn      = var.common.kms_key_arn

  reserved_concurrent_executions = var.reserved_concurrency

  environment {
    variables = var.environment
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = "INFO" # metrics are log lines, and count as INFO
    system_log_level      = "WARN"
    log_group             = aws_cloudwatch_log_group.this.name
  }

  depends_on = [aws_iam_role_policy.this]
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:Encrypted with the deployment's key when there is one, else with CloudWatch's own; no body of a record is logged.
  #checkov:skip=CKV_AWS_338:The retention of logs differs between environments; outcomes are stored in the lake and the ledger.
  name              = "/aws/lambda/${local.name}"
  retention_in_days = var.common.log_retention_days
  kms_key_id        = var.common.kms_key_arn
}

resource "aws_iam_role" "this" {
  count = var.role == null ? 1 : 0

  name        = local.name
  description = var.description
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = var.function
  role = local.role_name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.log_statements, local.kms_statements, local.own_statements)
  })
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = {
    Errors    = "An invocation of ${local.name} failed as a whole: its log has the reason."
    Throttles = "${local.name} was throttled: raise the account's concurrency, or lower the trigger's."
  }

  alarm_name          = "${local.name}-${lower(each.key)}"
  alarm_description   = each.value
  namespace           = "AWS/Lambda"
  metric_name         = each.key
  dimensions          = { FunctionName = local.name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.common.alarm_topic_arn]
  ok_actions          = [var.common.alarm_topic_arn]
}
