locals {
  lake   = "arn:${var.common.partition}:s3:::${var.lake_bucket}"
  events = "${local.lake}/${var.prefix}"
  glue   = "arn:${var.common.partition}:glue:${var.common.region}:${var.common.account_id}"
}

module "function" {
  source = "../lambda"

  common          = var.common
  function        = "compact-parquet"
  description     = "The small Parquet files of a day that is over become few"
  memory_mb       = 1024 # a row group and the ids need less; CPU grows with memory
  timeout_seconds = 900
  reads_pipelines = false

  environment = {
    LANDFALL_LAKE_BUCKET   = var.lake_bucket
    LANDFALL_GLUE_DATABASE = var.glue_database
  }

  policy = jsonencode({
    Statement = [
      {
        Sid      = "ReplaceParquet"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:DeleteObject"]
        Resource = ["${local.events}/transformed/*", "${local.events}/compacted/*"]
      },
      {
        Sid      = "WriteMerged"
        Effect   = "Allow"
        Action   = ["s3:PutObject"]
        Resource = ["${local.events}/compacted/*"]
      },
      {
        Sid      = "KeepState"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = ["${local.events}/partitions/*"]
      },
      {
        Sid      = "ListLake"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [local.lake]
      },
      {
        Sid    = "MovePartition"
        Effect = "Allow"
        Action = [
          "glue:GetTables", "glue:GetTable", "glue:GetPartitions", "glue:BatchGetPartition", "glue:UpdatePartition",
        ]
        Resource = [
          "${local.glue}:catalog",
          "${local.glue}:database/${var.glue_database}",
          "${local.glue}:table/${var.glue_database}/*",
        ]
      },
    ]
  })
}

resource "aws_cloudwatch_event_rule" "regularly" {
  name                = "${module.function.function.name}-regularly"
  description         = "Merge the days that are over: announce, merge and clean up are passes of their own"
  schedule_expression = "rate(30 minutes)"
}

resource "aws_cloudwatch_event_target" "regularly" {
  rule = aws_cloudwatch_event_rule.regularly.name
  arn  = module.function.function.arn
}

resource "aws_lambda_permission" "regularly" {
  statement_id  = "CallBySchedule"
  action        = "lambda:InvokeFunction"
  function_name = module.function.function.name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.regularly.arn
}

# The next run repeats what an invocation did not finish.
resource "aws_lambda_function_event_invoke_config" "regularly" {
  function_name                = module.function.function.name
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 900
}
