mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  lake_bucket          = "acme-lake"
  prefix               = "web-data"
  glue_database        = "landfall"
  partition_projection = false

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

run "it_keeps_the_tables_of_its_database" {
  assert {
    condition = { for s in jsondecode(output.policy).Statement : s.Sid => { Action = s.Action, Resource = s.Resource } if s.Sid != "WriteLog" } == {
      ReadParquet = {
        Action = ["s3:GetObject"]
        Resource = [
          "arn:aws:s3:::acme-lake/web-data/transformed/*", "arn:aws:s3:::acme-lake/web-data/compacted/*",
        ]
      }
      ReadState                = { Action = ["s3:GetObject"], Resource = ["arn:aws:s3:::acme-lake/web-data/partitions/*"] }
      TellMissingFromForbidden = { Action = ["s3:ListBucket"], Resource = ["arn:aws:s3:::acme-lake"] }
      KeepTables = {
        Action = [
          "glue:CreateDatabase", "glue:GetTable", "glue:CreateTable", "glue:UpdateTable",
          "glue:BatchGetPartition", "glue:BatchCreatePartition", "glue:UpdatePartition",
        ]
        Resource = [
          "arn:aws:glue:eu-central-1:111122223333:catalog",
          "arn:aws:glue:eu-central-1:111122223333:database/landfall",
          "arn:aws:glue:eu-central-1:111122223333:table/landfall/*",
        ]
      }
    }
    error_message = output.policy
  }
}

run "parquet_objects_alone_are_its_work" {
  assert {
    condition     = jsondecode(output.queue.rules["parquet"]).detail.object.key == [{ prefix = "web-data/transformed/" }, { prefix = "web-data/compacted/" }]
    error_message = output.queue.rules["parquet"]
  }
}
