mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  lake_bucket = "acme-lake"
  prefix      = "web-data"

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

run "it_reads_raw_and_writes_parquet" {
  assert {
    condition = { for s in jsondecode(output.policy).Statement : s.Sid => { Action = s.Action, Resource = s.Resource } if s.Sid != "WriteLog" } == {
      ReadRaw = { Action = ["s3:GetObject", "s3:GetObjectVersion"], Resource = ["arn:aws:s3:::acme-lake/web-data/raw/*"] }
      ReadBack = {
        Action = ["s3:GetObject"]
        Resource = [
          "arn:aws:s3:::acme-lake/web-data/written/*", "arn:aws:s3:::acme-lake/web-data/partitions/*",
          "arn:aws:s3:::acme-lake/web-data/transformed/*", "arn:aws:s3:::acme-lake/web-data/compacted/*",
        ]
      }
      Write = {
        Action = ["s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = [
          "arn:aws:s3:::acme-lake/web-data/transformed/*", "arn:aws:s3:::acme-lake/web-data/compacted/*",
          "arn:aws:s3:::acme-lake/web-data/rejected/*",
        ]
      }
      WriteReceipt = { Action = ["s3:PutObject"], Resource = ["arn:aws:s3:::acme-lake/web-data/written/*"] }
      Replace = {
        Action = ["s3:DeleteObject"]
        Resource = [
          "arn:aws:s3:::acme-lake/web-data/transformed/*", "arn:aws:s3:::acme-lake/web-data/compacted/*",
          "arn:aws:s3:::acme-lake/web-data/rejected/*",
        ]
      }
      TellMissingFromForbidden = { Action = ["s3:ListBucket"], Resource = ["arn:aws:s3:::acme-lake"] }
    }
    error_message = output.policy
  }
}

run "raw_objects_alone_are_its_work" {
  assert {
    condition     = jsondecode(output.queue.rules["raw"]).detail == { bucket = { name = ["acme-lake"] }, object = { key = [{ prefix = "web-data/raw/" }] } }
    error_message = "What it writes must not call it again: ${output.queue.rules["raw"]}"
  }
}

run "it_ends_before_a_merge_begins" {
  assert {
    condition     = output.function.timeout_seconds < 20 * 60
    error_message = "A merge waits twenty minutes for writers that did not see its announcement."
  }
}
