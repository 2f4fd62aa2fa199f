mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  functions_folder       = "tests/build/lambda"
  pipelines_layer        = "tests/build/pipelines.zip"
  landing_bucket         = { name = "acme-landing" }
  lake_bucket            = { name = "acme-lake" }
  write_keys_secret_arn  = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:write-keys-a1b2c3"
  privacy_key_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:privacy-key-a1b2c3"

  pipelines = {
    datasets = {
      airports = { keys = ["flights/airports.csv"] }
      flights  = { keys = ["flights/flights*.csv"], freshness_seconds = 86400 }
    }
    events = { prefix = "web-data" }
  }
}

run "everything_is_deployed" {
  assert {
    condition = (
      output.environment["LANDFALL_WORKGROUP"] == "landfall" &&
      output.environment["LANDFALL_LANDING_BUCKET"] == "acme-landing" &&
      output.environment["LANDFALL_EVENT_BUS"] == "landfall" &&
      output.environment["LANDFALL_STREAM"] == "landfall-events" &&
      output.environment["LANDFALL_GLUE_DATABASE"] == output.glue_database &&
      output.environment["LANDFALL_COPY_ROLE"] == "arn:aws:iam::111122223333:role/mocked"
    )
    error_message = "The command line must find warehouse, buckets, bus, stream and catalog: ${jsonencode(output.environment)}"
  }

  assert {
    condition     = output.glue_database == "landfall" && startswith(output.collect_url, "https://")
    error_message = "A pipeline with events has a catalog and an address."
  }

  assert {
    condition     = output.database_user == "IAMR:landfall-load-redshift"
    error_message = "Both functions of loads are one user in the database: ${output.database_user}"
  }
}

run "the_landing_bucket_takes_keys_of_datasets_alone" {
  assert {
    condition = jsondecode(output.landing_deny_statement) == {
      Sid       = "OnlyKeysOfDatasets"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:PutObject"
      NotResource = [
        "arn:aws:s3:::acme-landing/flights/airports.csv",
        "arn:aws:s3:::acme-landing/flights/flights*.csv",
      ]
    }
    error_message = output.landing_deny_statement
  }
}

run "copy_reads_uploads_and_loads" {
  assert {
    condition = { for s in jsondecode(output.copy_policy).Statement : s.Sid => { Action = s.Action, Resource = s.Resource } } == {
      ReadFiles  = { Action = ["s3:GetObject"], Resource = ["arn:aws:s3:::acme-landing/*", "arn:aws:s3:::acme-lake/loads/*"] }
      SeeBuckets = { Action = ["s3:GetBucketLocation", "s3:ListBucket"], Resource = ["arn:aws:s3:::acme-landing", "arn:aws:s3:::acme-lake"] }
    }
    error_message = output.copy_policy
  }
}

run "without_events_nothing_of_them_is_made" {
  variables {
    pipelines = { datasets = { flights = { keys = ["flights/flights*.csv"] } } }
  }

  assert {
    condition = (
      output.collect_url == null && output.glue_database == null &&
      length(module.event_stream) == 0 && length(module.collect_events) == 0 && length(module.transform_events) == 0 &&
      length(module.write_parquet) == 0 && length(module.update_catalog) == 0 && length(module.compact_parquet) == 0
    )
    error_message = "A deployment of loads alone must not pay for a stream."
  }
}

run "without_datasets_there_is_no_warehouse" {
  variables {
    pipelines = { events = { prefix = "web-data" } }
  }

  assert {
    condition     = length(module.warehouse) == 0 && length(module.load_redshift) == 0 && length(module.watch_loads) == 0
    error_message = "A deployment of events alone must not pay for a warehouse."
  }
}

run "an_existing_workgroup_is_found_by_its_name" {
  variables {
    existing_warehouse = { workgroup = "analytics", database = "dev", copy_role = "arn:aws:iam::111122223333:role/copy" }
  }

  assert {
    condition     = length(module.warehouse) == 0 && output.environment["LANDFALL_WORKGROUP"] == "analytics"
    error_message = "No second warehouse is made."
  }

  assert {
    condition = contains(
      flatten([for s in jsondecode(module.load_redshift[0].policy).Statement : s.Resource]),
      "arn:aws:redshift-serverless:eu-central-1:111122223333:workgroup/looked-up",
    )
    error_message = "The policy names the workgroup's ARN."
  }
}

run "existing_buckets_are_left_alone" {
  variables {
    landing_bucket = { name = "acme-landing", create = false }
    lake_bucket    = { name = "acme-lake", create = false }
  }

  assert {
    condition     = length(module.landing) == 0 && length(module.lake) == 0 && output.landing_bucket == "acme-landing"
    error_message = "A bucket of others is not touched."
  }
}

run "one_key_encrypts_everything" {
  variables {
    create_kms_key = true
  }

  assert {
    condition = alltrue([
      for policy in [
        module.load_redshift[0].policy, module.write_parquet[0].policy, module.collect_events[0].policy,
        module.event_stream[0].policy, module.compact_parquet[0].policy,
      ] : contains(jsondecode(policy).Statement[*].Sid, "UseKey")
    ])
    error_message = "Who reads or writes data may use the key."
  }

  assert {
    condition     = aws_kms_key.this[0].enable_key_rotation
    error_message = "The key rotates."
  }
}

run "what_was_not_read_is_kept_for_a_while" {
  assert {
    condition = module.lake[0].expire == tomap({
      "loads/"             = 90
      "web-data/errors/"   = 90
      "web-data/rejected/" = 90
      "web-data/replayed/" = 30
    })
    error_message = jsonencode(module.lake[0].expire)
  }

  assert {
    condition     = length(module.landing[0].expire) == 0
    error_message = "What vendors sent is theirs: it stays."
  }
}

run "expiry_can_be_changed_one_by_one" {
  variables {
    expire_days = { errors = 7 }
  }

  assert {
    condition     = module.lake[0].expire["web-data/errors/"] == 7 && module.lake[0].expire["loads/"] == 90
    error_message = jsonencode(module.lake[0].expire)
  }
}

run "keys_of_vendors" {
  variables {
    vendor_kms_key_arns = ["arn:aws:kms:eu-central-1:444455556666:key/11111111-2222-3333-4444-555555555555"]
  }

  assert {
    condition = alltrue([
      for policy in [output.copy_policy, module.load_redshift[0].policy] :
      one([for s in jsondecode(policy).Statement : s.Resource if s.Sid == "ReadEncryptedByVendors"]) == [var.vendor_kms_key_arns[0]]
    ])
    error_message = "The functions read the head, COPY reads the file: both decrypt."
  }
}

run "events_need_write_keys" {
  command = plan

  variables {
    write_keys_secret_arn = null
  }

  expect_failures = [var.write_keys]
}

run "there_is_one_privacy_key" {
  command = plan

  variables {
    privacy_key = "0123456789abcdef0123456789abcdef"
  }

  expect_failures = [var.privacy_key]
}

run "what_is_wrong_is_refused" {
  command = plan

  variables {
    name               = "Landfall"
    privacy_key        = "short"
    existing_warehouse = { workgroup = "a", cluster = "b", database = "dev" }
    pipelines          = { datasets = { flights = { keys = ["/flights.csv"] } } }

    expire_days         = { errors = 0, loads = 14 }
    collect_concurrency = -1
    vendor_kms_key_arns = ["alias/vendor"]
  }

  expect_failures = [
    var.name, var.privacy_key, var.existing_warehouse, var.pipelines, var.expire_days, var.collect_concurrency, var.vendor_kms_key_arns,
  ]
}

run "a_workgroup_has_no_db_user" {
  command = plan

  variables {
    existing_warehouse = { workgroup = "analytics", database = "dev", db_user = "loader" }
  }

  expect_failures = [var.existing_warehouse]
}

run "a_secret_has_its_own_user" {
  command = plan

  variables {
    existing_warehouse = { cluster = "c1", database = "dev", db_user = "loader", secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:x" }
  }

  expect_failures = [var.existing_warehouse]
}
