locals {
  stream   = { StreamName = aws_kinesis_stream.this.name }
  delivery = { DeliveryStreamName = aws_kinesis_firehose_delivery_stream.this.name }

  alarms = {
    stream-throttled = {
      description = "The stream refused records for a quarter of an hour: collect-events answers 429 or 5xx, and clients try again."
      namespace   = "AWS/Kinesis"
      metric      = "WriteProvisionedThroughputExceeded"
      dimensions  = local.stream
      statistic   = "Sum"
      periods     = 3
      above       = 0
    }
    stream-iterator-age = {
      description = "Firehose is half an hour behind the stream, which keeps records for 72 hours."
      namespace   = "AWS/Kinesis"
      metric      = "GetRecords.IteratorAgeMilliseconds"
      dimensions  = local.stream
      statistic   = "Maximum"
      periods     = 1
      above       = 30 * 60 * 1000
    }
    delivery-freshness = {
      description = "The oldest event that Firehose has not delivered is too old: look at its log and at transform-events."
      namespace   = "AWS/Firehose"
      metric      = "DeliveryToS3.DataFreshness"
      dimensions  = local.delivery
      statistic   = "Maximum"
      periods     = 1
      above       = var.interval_seconds + 900
    }
    delivery-partitions = {
      description = "More tables and days at once than Firehose takes (500): what exceeds them is below ${var.prefix}/errors/."
      namespace   = "AWS/Firehose"
      metric      = "PartitionCountExceeded"
      dimensions  = local.delivery
      statistic   = "Maximum"
      periods     = 1
      above       = 0
    }
    records-failed = {
      description = "Records could not be read: the log of transform-events has the reasons. They are quarantined below ${var.prefix}/errors/processing-failed/."
      namespace   = "Landfall"
      metric      = "RecordsFailed"
      dimensions  = { Stream = local.delivery.DeliveryStreamName }
      statistic   = "Sum"
      periods     = 1
      above       = 0
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = 300
  evaluation_periods  = each.value.periods
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.common.alarm_topic_arn]
  ok_actions          = [var.common.alarm_topic_arn]
}

# The share of its calls of transform-events that succeeded.
resource "aws_cloudwatch_metric_alarm" "processing" {
  alarm_name          = "${local.name}-processing-failed"
  alarm_description   = "Firehose could not call transform-events: whole batches are quarantined below ${var.prefix}/errors/processing-failed/."
  namespace           = "AWS/Firehose"
  metric_name         = "ExecuteProcessing.Success"
  dimensions          = local.delivery
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.common.alarm_topic_arn]
  ok_actions          = [var.common.alarm_topic_arn]
}
