mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name         = "landfall"
  account_id   = "111122223333"
  kms_key_arn  = null
  alert_emails = ["oncall@example.com"]
}

run "bad_outcomes_that_nobody_retried_are_alerts" {
  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.bad.event_pattern) == {
      source      = ["landfall"]
      detail-type = ["Load Outcome"]
      detail      = { outcome = [{ anything-but = ["loaded", "duplicate", "superseded"] }], retried = [false] }
    }
    error_message = aws_cloudwatch_event_rule.bad.event_pattern
  }
}

run "an_alert_says_what_why_and_what_to_do" {
  assert {
    condition = alltrue([
      for word in ["<outcome>", "<bucket>", "<key>", "<dataset>", "<reason>", "<remedy>", "<lines>"] :
      strcontains(aws_cloudwatch_event_target.bad.input_transformer[0].input_template, word)
    ])
    error_message = "Nobody needs a console to understand it."
  }

  assert {
    condition     = aws_cloudwatch_event_target.bad.dead_letter_config[0].arn == module.undelivered.arn
    error_message = "An alert that cannot be sent is dead-lettered."
  }

  assert {
    condition     = aws_sns_topic_subscription.email["oncall@example.com"].protocol == "email"
    error_message = "The address is subscribed."
  }
}

run "only_the_rule_and_the_accounts_alarms_publish" {
  assert {
    condition = [for s in jsondecode(aws_sns_topic_policy.alerts.policy).Statement : s.Condition] == [
      { ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.bad.arn } },
      { StringEquals = { "aws:SourceAccount" = "111122223333" } },
      { Bool = { "aws:SecureTransport" = "false" } },
    ]
    error_message = aws_sns_topic_policy.alerts.policy
  }
}
