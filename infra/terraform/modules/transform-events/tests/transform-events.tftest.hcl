mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  privacy_key_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:privacy-key-a1b2c3"

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

run "it_reads_its_secret_and_nothing_else" {
  assert {
    condition = (
      jsondecode(output.policy).Statement[*].Sid == ["WriteLog", "ReadPrivacyKey"] &&
      jsondecode(output.policy).Statement[1].Action == ["secretsmanager:GetSecretValue"] &&
      jsondecode(output.policy).Statement[1].Resource == [var.privacy_key_secret_arn]
    )
    error_message = output.policy
  }
}

run "a_key_in_its_variables_needs_no_permission" {
  variables {
    privacy_key_secret_arn = null
    privacy_key            = "0123456789abcdef0123456789abcdef"
  }

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
    privacy_key_secret_arn = null
  }

  assert {
    condition     = output.function.name == "landfall-transform-events"
    error_message = "The key is optional."
  }
}
