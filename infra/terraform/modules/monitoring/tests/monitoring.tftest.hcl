mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name            = "landfall"
  region          = "eu-central-1"
  alarm_topic_arn = "arn:aws:sns:eu-central-1:111122223333:landfall-alerts"
  functions       = ["landfall-load-redshift"]
  queues          = [{ name = "landfall-load-redshift", dead_letters_name = "landfall-load-redshift-dead-letters" }]
  events          = { stream = "landfall-events", delivery = "landfall-events" }

  datasets = {
    airlines = { freshness_seconds = null }
    flights  = { freshness_seconds = 86400 }
    weather  = { freshness_seconds = 259200 }
    yearly   = { freshness_seconds = 31536000 }
  }
}

run "a_dataset_that_is_late_is_an_alarm" {
  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.late)) == toset(["flights", "weather"])
    error_message = "Without freshness, or beyond CloudWatch's seven days, there is no such alarm."
  }

  assert {
    condition = alltrue([
      for name, alarm in aws_cloudwatch_metric_alarm.late : (
        alarm.evaluation_periods * alarm.period == var.datasets[name].freshness_seconds &&
        alarm.treat_missing_data == "breaching" &&
        alarm.dimensions == tomap({ Dataset = name, Outcome = "loaded" })
      )
    ])
    error_message = "Silence is lateness."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.late["flights"].period == 300 && aws_cloudwatch_metric_alarm.late["weather"].period == 3600
    error_message = "CloudWatch looks back a day with short periods, seven days with hours."
  }
}

run "a_file_that_was_not_loaded_is_an_alarm" {
  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.failed)) == toset(["airlines", "flights", "weather", "yearly"])
    error_message = "Each dataset has one."
  }

  assert {
    condition = (
      [for q in aws_cloudwatch_metric_alarm.failed["flights"].metric_query : q.expression if q.id == "bad"] ==
      ["SUM([FILL(refused, 0), FILL(rejected, 0), FILL(unreadable, 0), FILL(failed, 0), FILL(cancelled, 0)])"]
    )
    error_message = "Every bad outcome counts."
  }
}

run "the_dashboard_has_both_paths" {
  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets) == 11
    error_message = aws_cloudwatch_dashboard.this.dashboard_body
  }
}

run "the_dashboard_of_loads_alone" {
  variables {
    events = null
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets) == 8
    error_message = aws_cloudwatch_dashboard.this.dashboard_body
  }
}
