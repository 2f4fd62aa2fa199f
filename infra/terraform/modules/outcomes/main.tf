# Every load's outcome is an event of this bus.
resource "aws_cloudwatch_event_bus" "this" {
  name               = var.name
  kms_key_identifier = var.kms_key_arn
}

# A bad one is an alert, unless another attempt was made already.
resource "aws_cloudwatch_event_rule" "bad" {
  name           = "${var.name}-bad-outcome"
  description    = "A file was not loaded, and somebody must act"
  event_bus_name = aws_cloudwatch_event_bus.this.name
  event_pattern = jsonencode({
    source      = ["landfall"]
    detail-type = ["Load Outcome"]
    detail = {
      outcome = [{ anything-but = ["loaded", "duplicate", "superseded"] }]
      retried = [false]
    }
  })
}

resource "aws_cloudwatch_event_target" "bad" {
  rule           = aws_cloudwatch_event_rule.bad.name
  event_bus_name = aws_cloudwatch_event_bus.this.name
  arn            = aws_sns_topic.alerts.arn

  input_transformer {
    input_paths = {
      outcome = "$.detail.outcome"
      dataset = "$.detail.dataset"
      bucket  = "$.detail.upload.bucket"
      key     = "$.detail.upload.key"
      reason  = "$.detail.reason"
      remedy  = "$.detail.remedy"
      lines   = "$.detail.lines"
      load    = "$.detail.load_id"
    }
    input_template = <<-TEXT
      "Not loaded (<outcome>): s3://<bucket>/<key>"
      "Dataset: <dataset>. Load: <load>. The table keeps the rows it had."
      "Why: <reason>"
      "What to do: <remedy>"
      "First bad lines: <lines>"
    TEXT
  }

  dead_letter_config {
    arn = module.undelivered.arn
  }

  depends_on = [aws_sns_topic_policy.alerts, module.undelivered]
}

# Subscribers

resource "aws_sns_topic" "alerts" {
  #checkov:skip=CKV_AWS_26:Encrypted with the deployment's key when there is one; AWS's own key lets neither rules nor alarms publish.
  name              = "${var.name}-alerts"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic_subscription" "email" {
  for_each = toset(var.alert_emails)

  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = each.key
}

resource "aws_sns_topic_policy" "alerts" {
  arn = aws_sns_topic.alerts.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "BadOutcomes"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.alerts.arn
        Condition = { ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.bad.arn } }
      },
      {
        Sid       = "Alarms"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.alerts.arn
        Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
      },
      {
        Sid       = "OnlyTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.alerts.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

# Alerts that could not be delivered

module "undelivered" {
  source = "../rule-queue"

  name        = "${var.name}-undelivered-alerts"
  rule_arns   = [aws_cloudwatch_event_rule.bad.arn]
  kms_key_arn = var.kms_key_arn

  alarm = {
    description = "An alert could not be sent; it is in the queue ${var.name}-undelivered-alerts."
    topic_arn   = aws_sns_topic.alerts.arn
  }
}
