mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  function        = "load-redshift"
  description     = "A function"
  memory_mb       = 256
  timeout_seconds = 60
  environment     = { LANDFALL_LAKE_BUCKET = "acme-lake" }
  policy          = "{\"Statement\": [{\"Sid\": \"Own\", \"Effect\": \"Allow\", \"Action\": [\"s3:GetObject\"], \"Resource\": [\"arn:aws:s3:::acme/*\"]}]}"

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

run "a_function_runs_on_arm_with_its_layer_and_its_variables" {
  assert {
    condition = (
      aws_lambda_function.this.function_name == "landfall-load-redshift" &&
      aws_lambda_function.this.runtime == "provided.al2023" &&
      aws_lambda_function.this.architectures == tolist(["arm64"]) &&
      aws_lambda_function.this.layers == tolist([var.common.pipelines_layer_arn]) &&
      aws_lambda_function.this.environment[0].variables == tomap({ LANDFALL_LAKE_BUCKET = "acme-lake" })
    )
    error_message = "The function is not as it was asked for."
  }

  assert {
    condition     = aws_lambda_function.this.source_code_hash == filebase64sha256("../../tests/build/lambda/load-redshift/bootstrap.zip")
    error_message = "A changed zip must be a changed function."
  }
}

run "its_role_may_write_its_log_and_what_the_policy_says" {
  assert {
    condition     = flatten(jsondecode(output.policy).Statement[*].Action) == ["logs:CreateLogStream", "logs:PutLogEvents", "s3:GetObject"]
    error_message = output.policy
  }

  assert {
    condition     = jsondecode(output.policy).Statement[0].Resource == ["arn:aws:logs:eu-central-1:111122223333:log-group:mocked:*"]
    error_message = "Only its own log group: ${output.policy}"
  }

  assert {
    condition     = jsondecode(aws_iam_role.this[0].assume_role_policy).Statement[0].Principal == { Service = "lambda.amazonaws.com" }
    error_message = "Only Lambda assumes the role."
  }
}

run "its_log_is_kept_as_long_as_the_environment_says" {
  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/lambda/landfall-load-redshift" && aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "The log group exists before the function, with a retention."
  }
}

run "errors_and_throttles_are_alarms" {
  assert {
    condition = (
      toset(keys(aws_cloudwatch_metric_alarm.this)) == toset(["Errors", "Throttles"]) &&
      alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.threshold == 0 && contains(alarm.alarm_actions, var.common.alarm_topic_arn)])
    )
    error_message = "One failure is enough for the alarm."
  }
}

run "a_key_of_the_deployment_encrypts_log_and_variables" {
  variables {
    common = {
      name                = "landfall"
      partition           = "aws"
      region              = "eu-central-1"
      account_id          = "111122223333"
      functions_folder    = "../../tests/build/lambda"
      architecture        = "x86_64"
      pipelines_layer_arn = "arn:aws:lambda:eu-central-1:111122223333:layer:landfall-pipelines:1"
      log_retention_days  = 7
      kms_key_arn         = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
      alarm_topic_arn     = "arn:aws:sns:eu-central-1:111122223333:landfall-alerts"
    }
  }

  assert {
    condition = (
      aws_cloudwatch_log_group.this.kms_key_id == var.common.kms_key_arn &&
      aws_lambda_function.this.kms_key_arn == var.common.kms_key_arn &&
      one([for s in jsondecode(output.policy).Statement : s.Resource if s.Sid == "UseKey"]) == [var.common.kms_key_arn]
    )
    error_message = "Everything is encrypted with the key, and the function may use it."
  }
}

run "a_function_without_data_may_only_write_its_log" {
  variables {
    policy          = "{\"Statement\": []}"
    reads_pipelines = false
  }

  assert {
    condition     = jsondecode(output.policy).Statement[*].Sid == ["WriteLog"] && length(aws_lambda_function.this.layers) == 0
    error_message = output.policy
  }
}

run "a_shared_role_is_not_made_again" {
  variables {
    role = { role_name = "landfall-load-redshift", role_arn = "arn:aws:iam::111122223333:role/landfall-load-redshift" }
  }

  assert {
    condition = (
      length(aws_iam_role.this) == 0 &&
      aws_lambda_function.this.role == "arn:aws:iam::111122223333:role/landfall-load-redshift" &&
      aws_iam_role_policy.this.role == "landfall-load-redshift"
    )
    error_message = "The function and its policy belong to the role that was given."
  }
}

run "no_concurrency_is_taken_from_the_account_unless_asked_for" {
  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == null
    error_message = "Its trigger bounds it."
  }
}

run "a_limit" {
  variables {
    reserved_concurrency = 50
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == 50
    error_message = "The limit is not as it was asked for."
  }
}
