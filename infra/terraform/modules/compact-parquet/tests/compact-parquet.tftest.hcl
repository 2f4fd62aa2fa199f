mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  lake_bucket   = "acme-lake"
  prefix        = "web-data"
  glue_database = "landfall"

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

run "it_writes_merged_files_and_its_state" {
  assert {
    condition = flatten([for s in jsondecode(output.policy).Statement : s.Resource if contains(s.Action, "s3:PutObject")]) == [
      "arn:aws:s3:::acme-lake/web-data/compacted/*", "arn:aws:s3:::acme-lake/web-data/partitions/*",
    ]
    error_message = output.policy
  }
}

run "it_deletes_parquet_and_nothing_else" {
  assert {
    condition = [for s in jsondecode(output.policy).Statement : s.Resource if contains(s.Action, "s3:DeleteObject")] == [
      ["arn:aws:s3:::acme-lake/web-data/transformed/*", "arn:aws:s3:::acme-lake/web-data/compacted/*"]
    ]
    error_message = output.policy
  }

  assert {
    condition = one([for s in jsondecode(output.policy).Statement : s.Action if s.Sid == "MovePartition"]) == [
      "glue:GetTables", "glue:GetTable", "glue:GetPartitions", "glue:BatchGetPartition", "glue:UpdatePartition",
    ]
    error_message = output.policy
  }
}

run "a_schedule_calls_it_and_the_next_repeats_it" {
  assert {
    condition = (
      aws_cloudwatch_event_rule.regularly.schedule_expression == "rate(30 minutes)" &&
      aws_lambda_permission.regularly.source_arn == aws_cloudwatch_event_rule.regularly.arn &&
      aws_lambda_function_event_invoke_config.regularly.maximum_retry_attempts == 0
    )
    error_message = "Only its own rule may call it."
  }
}
