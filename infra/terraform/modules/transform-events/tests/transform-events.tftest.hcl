mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  privacy_key = "0123456789abcdef0123456789abcdef"

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

run "it_may_only_write_its_log" {
  assert {
    condition     = jsondecode(output.policy).Statement[*].Sid == ["WriteLog"]
    error_message = output.policy
  }
}

run "it_is_quicker_than_firehose_waits" {
  assert {
    condition     = output.function.timeout_seconds <= 300
    error_message = "Firehose waits five minutes."
  }
}

run "without_a_rule_that_hashes_it_needs_no_key" {
  variables {
    privacy_key = null
  }

  assert {
    condition     = output.function.name == "landfall-transform-events"
    error_message = "The key is optional."
  }
}
