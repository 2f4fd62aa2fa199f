locals {
  lake   = "arn:${var.common.partition}:s3:::${var.lake_bucket}"
  events = "${local.lake}/${var.prefix}"
  glue   = "arn:${var.common.partition}:glue:${var.common.region}:${var.common.account_id}"
}

module "function" {
  source = "../lambda"

  common          = var.common
  function        = "update-catalog"
  description     = "A Parquet object becomes known to Glue: its table, its columns, its partition"
  memory_mb       = 256
  timeout_seconds = 60
  reads_pipelines = false

  environment = {
    LANDFALL_GLUE_DATABASE        = var.glue_database
    LANDFALL_PARTITION_PROJECTION = tostring(var.partition_projection)
  }

  policy = jsonencode({
    Statement = [
      {
        Sid      = "ReadParquet"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["${local.events}/transformed/*", "${local.events}/compacted/*"]
      },
      {
        # Where compaction has put the files of a day.
        Sid      = "ReadState"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["${local.events}/partitions/*"]
      },
      {
        Sid      = "TellMissingFromForbidden"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [local.lake]
      },
      {
        Sid    = "KeepTables"
        Effect = "Allow"
        Action = [
          "glue:CreateDatabase", "glue:GetTable", "glue:CreateTable", "glue:UpdateTable",
          "glue:BatchGetPartition", "glue:BatchCreatePartition", "glue:UpdatePartition",
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

module "queue" {
  source = "../queue"

  common      = var.common
  function    = module.function.function
  batch_size  = 10
  concurrency = 10

  rules = {
    parquet = {
      description = "A Parquet object of events was written"
      pattern = jsonencode({
        source      = ["aws.s3"]
        detail-type = ["Object Created"]
        detail = {
          bucket = { name = [var.lake_bucket] }
          object = { key = [{ prefix = "${var.prefix}/transformed/" }, { prefix = "${var.prefix}/compacted/" }] }
        }
      })
    }
  }
}
