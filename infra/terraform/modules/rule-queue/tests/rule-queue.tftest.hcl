mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name        = "landfall-undelivered"
  rule_arns   = ["arn:aws:events:eu-central-1:111122223333:rule/landfall-one", "arn:aws:events:eu-central-1:111122223333:rule/landfall-two"]
  kms_key_arn = null
}

run "only_its_rules_may_send_and_only_by_tls" {
  assert {
    condition = (
      jsondecode(aws_sqs_queue_policy.this.policy).Statement[0].Principal == { Service = "events.amazonaws.com" } &&
      jsondecode(aws_sqs_queue_policy.this.policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == [for arn in var.rule_arns : arn] &&
      jsondecode(aws_sqs_queue_policy.this.policy).Statement[1].Effect == "Deny" &&
      jsondecode(aws_sqs_queue_policy.this.policy).Statement[1].Condition == { Bool = { "aws:SecureTransport" = "false" } }
    )
    error_message = aws_sqs_queue_policy.this.policy
  }
}

run "it_is_encrypted_and_keeps_messages_for_two_weeks" {
  assert {
    condition     = aws_sqs_queue.this.sqs_managed_sse_enabled && aws_sqs_queue.this.message_retention_seconds == 1209600
    error_message = "With SQS's own key, if there is no other."
  }
}

run "with_a_key_of_the_deployment" {
  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1"
  }

  assert {
    condition     = aws_sqs_queue.this.kms_master_key_id == var.kms_key_arn
    error_message = "The key was not taken."
  }
}

run "without_an_alarm" {
  assert {
    condition     = length(aws_cloudwatch_metric_alarm.holds_messages) == 0
    error_message = "Nobody asked for one."
  }
}

run "the_first_message_is_an_alarm" {
  variables {
    alarm = { description = "Something was not delivered.", topic_arn = "arn:aws:sns:eu-central-1:111122223333:landfall-alerts" }
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.holds_messages[0].alarm_name == "landfall-undelivered" &&
      aws_cloudwatch_metric_alarm.holds_messages[0].threshold == 0 &&
      aws_cloudwatch_metric_alarm.holds_messages[0].dimensions["QueueName"] == "landfall-undelivered" &&
      aws_cloudwatch_metric_alarm.holds_messages[0].alarm_actions == toset([var.alarm.topic_arn])
    )
    error_message = "It watches this queue."
  }
}
