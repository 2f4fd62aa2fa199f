locals {
  # Amazon CloudWatch user guide, "Create a CloudWatch alarm": an alarm looks back a day at most, or seven days with periods of
  # an hour. A dataset that is expected more seldom has no such alarm.
  longest_seconds = 7 * 24 * 3600

  fresh = {
    for name, dataset in var.datasets : name => {
      seconds = dataset.freshness_seconds
      period  = dataset.freshness_seconds <= 24 * 3600 ? 300 : 3600
    } if dataset.freshness_seconds != null && coalesce(dataset.freshness_seconds, 0) <= local.longest_seconds
  }

  # Conflicts and overwritten objects are retried first; if that fails, the alert of the outcome reports them.
  bad_outcomes = ["rejected", "unreadable", "failed", "cancelled"]
}

resource "aws_cloudwatch_metric_alarm" "failed" {
  for_each = var.datasets

  alarm_name          = "${var.name}-${each.key}-not-loaded"
  alarm_description   = "A file of ${each.key} was not loaded. The alert of its outcome has the reason and the remedy; the table has its old rows."
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]

  metric_query {
    id          = "bad"
    label       = "Files not loaded"
    expression  = "SUM([${join(", ", [for outcome in concat(["refused"], local.bad_outcomes) : "FILL(${outcome}, 0)"])}])"
    return_data = true
  }

  metric_query {
    id = "refused"

    metric {
      namespace   = "Landfall"
      metric_name = "UploadsRefused"
      dimensions  = { Dataset = each.key }
      period      = 300
      stat        = "Sum"
    }
  }

  dynamic "metric_query" {
    for_each = local.bad_outcomes

    content {
      id = metric_query.value

      metric {
        namespace   = "Landfall"
        metric_name = "Loads"
        dimensions  = { Dataset = each.key, Outcome = metric_query.value }
        period      = 300
        stat        = "Sum"
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "late" {
  for_each = local.fresh

  alarm_name          = "${var.name}-${each.key}-late"
  alarm_description   = "${each.key} was not loaded for ${each.value.seconds} s. Did the vendor send a file? Was it refused?"
  namespace           = "Landfall"
  metric_name         = "Loads"
  dimensions          = { Dataset = each.key, Outcome = "loaded" }
  statistic           = "Sum"
  period              = each.value.period
  evaluation_periods  = ceil(each.value.seconds / each.value.period)
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching" # no load, no datum
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}
