mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name            = "acme-landing"
  kms_key_arn     = null
  noncurrent_days = 90
  deny            = "[{\"Sid\": \"OnlyKeys\", \"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"s3:PutObject\", \"NotResource\": [\"arn:aws:s3:::acme-landing/a.csv\"]}]"
}

run "versions_encryption_and_no_public_access" {
  assert {
    condition = (
      aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled" &&
      one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "AES256" &&
      aws_s3_bucket_public_access_block.this.block_public_acls && aws_s3_bucket_public_access_block.this.block_public_policy &&
      aws_s3_bucket_public_access_block.this.ignore_public_acls && aws_s3_bucket_public_access_block.this.restrict_public_buckets
    )
    error_message = "The bucket is not closed."
  }
}

run "only_tls_and_what_else_is_denied" {
  assert {
    condition     = jsondecode(aws_s3_bucket_policy.this.policy).Statement[*].Sid == ["OnlyKeys", "OnlyTls"]
    error_message = aws_s3_bucket_policy.this.policy
  }

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.this.policy).Statement[1].Condition == { Bool = { "aws:SecureTransport" = "false" } }
    error_message = aws_s3_bucket_policy.this.policy
  }
}

run "half_uploads_and_old_versions_go" {
  variables {
    expire = { "web/tmp/" = 3 }
  }

  assert {
    condition = (
      aws_s3_bucket_lifecycle_configuration.this.rule[0].abort_incomplete_multipart_upload[0].days_after_initiation == 7 &&
      aws_s3_bucket_lifecycle_configuration.this.rule[0].noncurrent_version_expiration[0].noncurrent_days == 90 &&
      aws_s3_bucket_lifecycle_configuration.this.rule[1].id == "expire-tmp" &&
      aws_s3_bucket_lifecycle_configuration.this.rule[1].filter[0].prefix == "web/tmp/" &&
      aws_s3_bucket_lifecycle_configuration.this.rule[1].expiration[0].days == 3
    )
    error_message = "The lifecycle is not as it was asked for."
  }
}

run "events_go_to_eventbridge_and_nowhere_else" {
  assert {
    condition = (
      aws_s3_bucket_notification.this.eventbridge &&
      length(aws_s3_bucket_notification.this.queue) == 0 && length(aws_s3_bucket_notification.this.lambda_function) == 0
    )
    error_message = "Rules choose among the events; the bucket has no targets of its own."
  }
}

run "a_key_and_access_logs" {
  variables {
    kms_key_arn       = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
    access_log_bucket = "acme-logs"
  }

  assert {
    condition = (
      one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms" &&
      aws_s3_bucket_logging.this[0].target_bucket == "acme-logs"
    )
    error_message = "Key and logs are used when they are given."
  }
}

run "a_policy_longer_than_s3_takes_is_refused" {
  command = plan

  variables {
    deny = jsonencode([{ Sid = "Long", Effect = "Deny", Principal = "*", Action = "s3:PutObject", NotResource = [for i in range(600) : "arn:aws:s3:::acme-landing/file-${i}.csv"] }])
  }

  expect_failures = [aws_s3_bucket_policy.this]
}
