# What AWS would answer: the provider checks the form of ARNs.

mock_data "aws_partition" {
  defaults = { partition = "aws" }
}

mock_data "aws_region" {
  defaults = { id = "eu-central-1", name = "eu-central-1" }
}

mock_data "aws_caller_identity" {
  defaults = { account_id = "111122223333" }
}

mock_data "aws_redshiftserverless_workgroup" {
  defaults = { arn = "arn:aws:redshift-serverless:eu-central-1:111122223333:workgroup/looked-up" }
}

mock_resource "aws_iam_role" {
  defaults = {
    arn       = "arn:aws:iam::111122223333:role/mocked"
    unique_id = "AROAEXAMPLE"
  }
}

mock_resource "aws_lambda_function" {
  defaults = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:mocked" }
}

mock_resource "aws_lambda_layer_version" {
  defaults = { arn = "arn:aws:lambda:eu-central-1:111122223333:layer:pipelines:1" }
}

mock_resource "aws_lambda_function_url" {
  defaults = { function_url = "https://mocked.lambda-url.eu-central-1.on.aws/" }
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:mocked" }
}

mock_resource "aws_sqs_queue" {
  defaults = {
    arn = "arn:aws:sqs:eu-central-1:111122223333:mocked"
    id  = "https://sqs.eu-central-1.amazonaws.com/111122223333/mocked"
  }
}

mock_resource "aws_sns_topic" {
  defaults = { arn = "arn:aws:sns:eu-central-1:111122223333:alerts" }
}

mock_resource "aws_cloudwatch_event_bus" {
  defaults = { arn = "arn:aws:events:eu-central-1:111122223333:event-bus/landfall" }
}

mock_resource "aws_cloudwatch_event_rule" {
  defaults = { arn = "arn:aws:events:eu-central-1:111122223333:rule/mocked" }
}

mock_resource "aws_kinesis_stream" {
  defaults = { arn = "arn:aws:kinesis:eu-central-1:111122223333:stream/landfall-events" }
}

mock_resource "aws_kinesis_firehose_delivery_stream" {
  defaults = { arn = "arn:aws:firehose:eu-central-1:111122223333:deliverystream/landfall-events" }
}

mock_resource "aws_kms_key" {
  defaults = { arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555" }
}

mock_resource "aws_s3_bucket" {
  defaults = { arn = "arn:aws:s3:::mocked" }
}

mock_resource "aws_redshiftserverless_workgroup" {
  defaults = { arn = "arn:aws:redshift-serverless:eu-central-1:111122223333:workgroup/made" }
}
