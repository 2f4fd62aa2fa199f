mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  batch_size  = 10
  concurrency = 5

  function = {
    name            = "landfall-load-redshift"
    arn             = "arn:aws:lambda:eu-central-1:111122223333:function:landfall-load-redshift"
    timeout_seconds = 300
    role_name       = "landfall-load-redshift"
  }

  rules = {
    created = { description = "An object was created", pattern = "{\"source\":[\"aws.s3\"]}" }
    sweep   = { description = "Every now and then", schedule = "rate(10 minutes)" }
  }

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

run "a_message_that_fails_five_times_is_a_dead_letter" {
  assert {
    condition     = module.dead_letters.name == "landfall-load-redshift-dead-letters" && output.dead_letters_name == module.dead_letters.name
    error_message = "They have a queue of their own."
  }

  assert {
    condition = jsondecode(aws_sqs_queue_redrive_allow_policy.this.redrive_allow_policy) == {
      redrivePermission = "byQueue"
      sourceQueueArns   = [module.messages.arn]
    }
    error_message = "No other queue may use these dead letters."
  }
}

run "a_message_is_not_delivered_again_while_it_is_worked_on" {
  assert {
    condition     = module.messages.seconds.visibility == 6 * 300
    error_message = "Six times the function's timeout."
  }

  assert {
    condition     = module.dead_letters.seconds.retention == 1209600 && module.dead_letters.seconds.retention > module.messages.seconds.retention
    error_message = "A dead letter's age counts from its first arrival in the queue."
  }
}

run "rules_are_patterns_and_schedules_with_dead_letters" {
  assert {
    condition = (
      aws_cloudwatch_event_rule.this["created"].event_pattern == "{\"source\":[\"aws.s3\"]}" &&
      aws_cloudwatch_event_rule.this["sweep"].schedule_expression == "rate(10 minutes)" &&
      alltrue([for target in aws_cloudwatch_event_target.this : target.dead_letter_config[0].arn == module.dead_letters.arn])
    )
    error_message = "What EventBridge cannot deliver is a dead letter too."
  }
}

run "one_bad_message_does_not_cost_its_batch" {
  assert {
    condition = (
      aws_lambda_event_source_mapping.this.function_response_types == toset(["ReportBatchItemFailures"]) &&
      aws_lambda_event_source_mapping.this.batch_size == 10 &&
      aws_lambda_event_source_mapping.this.scaling_config[0].maximum_concurrency == 5
    )
    error_message = "The mapping is not as it was asked for."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.consume.policy).Statement[0].Resource == [module.messages.arn] && aws_iam_role_policy.consume.role == "landfall-load-redshift"
    error_message = "The function takes from this queue alone."
  }
}

run "a_rule_with_pattern_and_schedule_is_refused" {
  command = plan

  variables {
    rules = { both = { description = "Both", pattern = "{}", schedule = "rate(1 hour)" } }
  }

  expect_failures = [var.rules]
}
