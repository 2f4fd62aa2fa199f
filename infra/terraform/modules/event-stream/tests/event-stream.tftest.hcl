mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  lake_bucket      = "acme-lake"
  prefix           = "web-data"
  transform_arn    = "arn:aws:lambda:eu-central-1:111122223333:function:landfall-transform-events"
  interval_seconds = 60

  common = {
    name                = "landfall"
    partition           = "aws"
    region              = "eu-central-1"
    account_id          = "111122223333"
    functions_folder    = "../../tests/build/lambda"
    architecture        = "arm64"
    pipelines_layer_arn = "arn:aws:lambda:eu-central-1:111122223333:layer:landfall-pipelines:1"
    log_retention_days  = 30
    kms_key_arn         = null
    alarm_topic_arn     = "arn:aws:sns:eu-central-1:111122223333:landfall-alerts"
  }
}

run "objects_are_filed_by_table_and_day_and_failures_apart" {
  assert {
    condition = (
      aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].prefix == "web-data/raw/!{partitionKeyFromLambda:table}/dt=!{partitionKeyFromLambda:date}/" &&
      startswith(aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].error_output_prefix, "web-data/errors/!{firehose:error-output-type}/") &&
      aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].dynamic_partitioning_configuration[0].enabled &&
      aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].compression_format == "GZIP"
    )
    error_message = "The folders are those that write-parquet reads."
  }

  assert {
    condition     = aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].buffering_size >= 64
    error_message = "Dynamic partitioning takes no smaller buffer."
  }
}

run "the_lambda_has_a_qualifier_and_default_buffers" {
  assert {
    condition = [
      for p in aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].processing_configuration[0].processors[0].parameters :
      { name = p.parameter_name, value = p.parameter_value }
    ] == [{ name = "LambdaArn", value = "arn:aws:lambda:eu-central-1:111122223333:function:landfall-transform-events:$LATEST" }]
    error_message = "Parameters with their default values would differ in every plan."
  }
}

run "firehose_reads_calls_and_writes_below_its_prefixes" {
  assert {
    condition = { for s in jsondecode(output.policy).Statement : s.Sid => s.Resource } == {
      ReadStream    = ["arn:aws:kinesis:eu-central-1:111122223333:stream/landfall-events"]
      CallTransform = ["arn:aws:lambda:eu-central-1:111122223333:function:landfall-transform-events:$LATEST"]
      WriteObjects  = ["arn:aws:s3:::acme-lake/web-data/raw/*", "arn:aws:s3:::acme-lake/web-data/errors/*"]
      SeeBucket     = ["arn:aws:s3:::acme-lake"]
      WriteLog      = ["arn:aws:logs:eu-central-1:111122223333:log-group:mocked:log-stream:delivery"]
    }
    error_message = output.policy
  }

  assert {
    condition     = jsondecode(aws_iam_role.firehose.assume_role_policy).Statement[0].Condition == { StringEquals = { "aws:SourceAccount" = "111122223333" } }
    error_message = "Firehose of this account alone."
  }
}

run "lateness_failures_and_throttles_are_alarms" {
  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["delivery-freshness"].threshold == 960 &&
      aws_cloudwatch_metric_alarm.this["stream-iterator-age"].threshold == 1800000 &&
      aws_cloudwatch_metric_alarm.this["records-failed"].dimensions == tomap({ Stream = "landfall-events" }) &&
      aws_cloudwatch_metric_alarm.processing.comparison_operator == "LessThanThreshold"
    )
    error_message = "An alarm fires before the stream forgets."
  }
}
