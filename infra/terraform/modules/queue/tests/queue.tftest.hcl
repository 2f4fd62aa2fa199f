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

run "a_message_that_fails_five_times_is_kept_two_weeks" {
  assert {
    condition = (
      jsondecode(aws_sqs_queue.this.redrive_policy) == { deadLetterTargetArn = aws_sqs_queue.dead_letters.arn, maxReceiveCount = 5 } &&
      aws_sqs_queue.dead_letters.message_retention_seconds == 1209600 &&
      aws_sqs_queue.dead_letters.message_retention_seconds > aws_sqs_queue.this.message_retention_seconds
    )
    error_message = "Nothing is lost silently."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.dead_letters.threshold == 0 && aws_cloudwatch_metric_alarm.dead_letters.dimensions["QueueName"] == "landfall-load-redshift-dead-letters"
    error_message = "The first dead letter is an alarm."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue_redrive_allow_policy.this.redrive_allow_policy).redrivePermission == "byQueue"
    error_message = "No other queue may use these dead letters."
  }
}

run "a_message_is_not_delivered_again_while_it_is_worked_on" {
  assert {
    condition     = aws_sqs_queue.this.visibility_timeout_seconds == 6 * 300
    error_message = "Six times the function's timeout."
  }
}

run "only_its_rules_may_send_and_only_by_tls" {
  assert {
    condition = alltrue([
      for policy in [for p in aws_sqs_queue_policy.this : jsondecode(p.policy)] : (
        policy.Statement[0].Principal == { Service = "events.amazonaws.com" } &&
        policy.Statement[0].Condition.ArnEquals["aws:SourceArn"] == [for rule in aws_cloudwatch_event_rule.this : rule.arn] &&
        policy.Statement[1].Effect == "Deny" &&
        policy.Statement[1].Condition == { Bool = { "aws:SecureTransport" = "false" } }
      )
    ])
    error_message = "Queue and dead letters have the same guard."
  }

  assert {
    condition     = length(aws_sqs_queue_policy.this) == 2 && aws_sqs_queue.this.sqs_managed_sse_enabled && aws_sqs_queue.dead_letters.sqs_managed_sse_enabled
    error_message = "Both are encrypted."
  }
}

run "rules_are_patterns_and_schedules_with_dead_letters" {
  assert {
    condition = (
      aws_cloudwatch_event_rule.this["created"].event_pattern == "{\"source\":[\"aws.s3\"]}" &&
      aws_cloudwatch_event_rule.this["sweep"].schedule_expression == "rate(10 minutes)" &&
      alltrue([for target in aws_cloudwatch_event_target.this : target.dead_letter_config[0].arn == aws_sqs_queue.dead_letters.arn])
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
    condition     = jsondecode(aws_iam_role_policy.consume.policy).Statement[0].Resource == [aws_sqs_queue.this.arn] && aws_iam_role_policy.consume.role == "landfall-load-redshift"
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
