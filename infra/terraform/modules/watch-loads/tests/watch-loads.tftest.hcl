mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  load_redshift = {
    role_name = "landfall-load-redshift"
    role_arn  = "arn:aws:iam::111122223333:role/landfall-load-redshift"
    role_id   = "AROAEXAMPLE"
  }

  environment = { LANDFALL_WORKGROUP = "analytics" }

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

run "it_sees_the_statements_of_the_shared_role_alone" {
  assert {
    condition = one([for s in jsondecode(output.policy).Statement : s if s.Sid == "SeeBatches"]) == {
      Sid       = "SeeBatches"
      Effect    = "Allow"
      Action    = ["redshift-data:DescribeStatement", "redshift-data:GetStatementResult", "redshift-data:ListStatements"]
      Resource  = "*"
      Condition = { StringLike = { "redshift-data:statement-owner-iam-userid" = "AROAEXAMPLE:*" } }
    }
    error_message = output.policy
  }

  assert {
    condition     = output.function.role_name == "landfall-load-redshift"
    error_message = "The Data API shows a statement only to the role that submitted it."
  }
}

run "the_end_of_a_batch_and_a_schedule_feed_it" {
  assert {
    condition = jsondecode(output.queue.rules["ended"]) == {
      source      = ["aws.redshift-data"]
      detail-type = ["Redshift Data Statement Status Change"]
      detail      = { statementName = [{ prefix = "landfall/load/" }] }
    }
    error_message = output.queue.rules["ended"]
  }

  assert {
    condition     = output.queue.rules["sweep"] == "rate(10 minutes)"
    error_message = "Delivery of the event is best effort: a sweep finds what was lost."
  }
}
