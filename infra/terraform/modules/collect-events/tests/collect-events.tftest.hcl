mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  stream                = { name = "landfall-events", arn = "arn:aws:kinesis:eu-central-1:111122223333:stream/landfall-events" }
  write_keys_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:write-keys-a1b2c3"

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

run "it_puts_records_and_reads_its_secret" {
  assert {
    condition = { for s in jsondecode(output.policy).Statement : s.Sid => { Action = s.Action, Resource = s.Resource } if s.Sid != "WriteLog" } == {
      PutEvents     = { Action = ["kinesis:PutRecords"], Resource = ["arn:aws:kinesis:eu-central-1:111122223333:stream/landfall-events"] }
      ReadWriteKeys = { Action = ["secretsmanager:GetSecretValue"], Resource = ["arn:aws:secretsmanager:eu-central-1:111122223333:secret:write-keys-a1b2c3"] }
    }
    error_message = output.policy
  }
}

run "without_a_secret_it_reads_none" {
  variables {
    write_keys_secret_arn = null
    write_keys            = ["one", "two"]
  }

  assert {
    condition     = !contains(flatten(jsondecode(output.policy).Statement[*].Action), "secretsmanager:GetSecretValue")
    error_message = output.policy
  }
}

run "browsers_may_call_it" {
  assert {
    condition     = aws_lambda_function_url.this.authorization_type == "NONE" && length(aws_lambda_function_url.this.cors) == 0
    error_message = "The function answers CORS itself; two answers would contradict each other."
  }
}

run "the_function_is_called_by_its_address_alone" {
  assert {
    condition = (
      aws_lambda_permission.url.action == "lambda:InvokeFunctionUrl" &&
      aws_lambda_permission.url.function_url_auth_type == "NONE" &&
      jsondecode(aws_cloudformation_stack.url.template_body).Resources.InvokeByUrl.Properties == {
        Action                = "lambda:InvokeFunction"
        FunctionName          = "landfall-collect-events"
        Principal             = "*"
        InvokedViaFunctionUrl = true
      }
    )
    error_message = "Both permissions are bound to the address."
  }
}

run "a_flood_leaves_the_other_functions_their_concurrency" {
  assert {
    condition     = output.concurrency == 50
    error_message = "The address is public: it needs a limit."
  }
}

run "a_limit_can_be_left_out" {
  variables {
    concurrency = 0
  }

  assert {
    condition     = output.concurrency == null
    error_message = "0 reserves nothing; Lambda would take it as: none at all."
  }
}
