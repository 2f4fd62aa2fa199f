locals {
  lake   = "arn:${var.common.partition}:s3:::${var.lake_bucket}"
  events = "${local.lake}/${var.prefix}"
}

module "function" {
  source = "../lambda"

  common          = var.common
  function        = "write-parquet"
  description     = "A raw object becomes Parquet, one file per table and day"
  memory_mb       = 1769 # one core
  timeout_seconds = 120

  environment = {
    LANDFALL_LAKE_BUCKET = var.lake_bucket
    MALLOC_ARENA_MAX     = "1" # one arena of glibc's for all threads: less memory, see the crate's page
  }

  policy = jsonencode({
    Statement = [
      {
        Sid      = "ReadRaw"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectVersion"]
        Resource = ["${local.events}/raw/*"]
      },
      {
        Sid      = "ReadBack"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = [for area in ["written", "partitions", "transformed", "compacted"] : "${local.events}/${area}/*"]
      },
      {
        Sid      = "Write"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = [for area in ["transformed", "compacted", "rejected"] : "${local.events}/${area}/*"]
      },
      {
        Sid      = "WriteReceipt"
        Effect   = "Allow"
        Action   = ["s3:PutObject"]
        Resource = ["${local.events}/written/*"]
      },
      {
        # What an older version of an object had made.
        Sid      = "Replace"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject"]
        Resource = [for area in ["transformed", "compacted", "rejected"] : "${local.events}/${area}/*"]
      },
      {
        Sid      = "TellMissingFromForbidden"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [local.lake]
      },
    ]
  })
}

module "queue" {
  source = "../queue"

  common      = var.common
  function    = module.function.function
  batch_size  = 1 # an object is up to 64 MB of events
  concurrency = 20

  rules = {
    raw = {
      description = "Firehose delivered an object of events"
      pattern = jsonencode({
        source      = ["aws.s3"]
        detail-type = ["Object Created"]
        detail = {
          bucket = { name = [var.lake_bucket] }
          object = { key = [{ prefix = "${var.prefix}/raw/" }] }
        }
      })
    }
  }
}
