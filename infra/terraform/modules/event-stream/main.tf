locals {
  name          = "${var.common.name}-events"
  lake          = "arn:${var.common.partition}:s3:::${var.lake_bucket}"
  transform_arn = "${var.transform_arn}:$LATEST" # Firehose wants a qualifier

  kms_statements = var.common.kms_key_arn == null ? [] : [{
    Sid      = "UseKey"
    Effect   = "Allow"
    Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
    Resource = [var.common.kms_key_arn]
  }]
}

resource "aws_kinesis_stream" "this" {
  #checkov:skip=CKV_AWS_185:Encrypted with the deployment's key when there is one, else with Kinesis's own.
  name             = local.name
  retention_period = 72 # hours; a weekend to fix what prevents Firehose from reading
  encryption_type  = "KMS"
  kms_key_id       = var.common.kms_key_arn == null ? "alias/aws/kinesis" : var.common.kms_key_arn

  stream_mode_details {
    stream_mode = "ON_DEMAND"
  }
}

resource "aws_kinesis_firehose_delivery_stream" "this" {
  #checkov:skip=CKV_AWS_240:Encryption at rest is the source's: server_side_encryption is for streams that are written to directly.
  #checkov:skip=CKV_AWS_241:As above.
  name        = local.name
  destination = "extended_s3"

  kinesis_source_configuration {
    kinesis_stream_arn = aws_kinesis_stream.this.arn
    role_arn           = aws_iam_role.firehose.arn
  }

  extended_s3_configuration {
    role_arn           = aws_iam_role.firehose.arn
    bucket_arn         = local.lake
    kms_key_arn        = var.common.kms_key_arn
    compression_format = "GZIP"
    buffering_interval = var.interval_seconds
    buffering_size     = 64 # MB, the least that dynamic partitioning takes

    prefix              = "${var.prefix}/raw/!{partitionKeyFromLambda:table}/dt=!{partitionKeyFromLambda:date}/"
    error_output_prefix = "${var.prefix}/errors/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/"

    dynamic_partitioning_configuration {
      enabled = true
    }

    # The buffer's size and interval have their defaults: 1 MB leaves the answer room below Lambda's 6 MB.
    processing_configuration {
      enabled = true

      processors {
        type = "Lambda"

        parameters {
          parameter_name  = "LambdaArn"
          parameter_value = local.transform_arn
        }
      }
    }

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.firehose.name
      log_stream_name = aws_cloudwatch_log_stream.firehose.name
    }
  }

  depends_on = [aws_iam_role_policy.firehose]
}

resource "aws_cloudwatch_log_group" "firehose" {
  #checkov:skip=CKV_AWS_158:Encrypted with the deployment's key when there is one, else with CloudWatch's own.
  #checkov:skip=CKV_AWS_338:The retention of logs differs between environments.
  name              = "/aws/kinesisfirehose/${local.name}"
  retention_in_days = var.common.log_retention_days
  kms_key_id        = var.common.kms_key_arn
}

resource "aws_cloudwatch_log_stream" "firehose" {
  name           = "delivery"
  log_group_name = aws_cloudwatch_log_group.firehose.name
}

resource "aws_iam_role" "firehose" {
  name        = "${local.name}-delivery"
  description = "Firehose reads the stream, calls transform-events and writes to the lake"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "firehose.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = var.common.account_id } }
    }]
  })
}

# Firehose developer guide, "Grant Firehose access to an Amazon S3 destination" and "... to a data stream".
resource "aws_iam_role_policy" "firehose" {
  name = "delivery"
  role = aws_iam_role.firehose.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.kms_statements, [
      {
        Sid      = "ReadStream"
        Effect   = "Allow"
        Action   = ["kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:ListShards"]
        Resource = [aws_kinesis_stream.this.arn]
      },
      {
        Sid      = "CallTransform"
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction", "lambda:GetFunctionConfiguration"]
        Resource = [local.transform_arn]
      },
      {
        Sid      = "WriteObjects"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"]
        Resource = ["${local.lake}/${var.prefix}/raw/*", "${local.lake}/${var.prefix}/errors/*"]
      },
      {
        Sid      = "SeeBucket"
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
        Resource = [local.lake]
      },
      {
        Sid      = "WriteLog"
        Effect   = "Allow"
        Action   = ["logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.firehose.arn}:log-stream:${aws_cloudwatch_log_stream.firehose.name}"]
      },
    ])
  })
}
