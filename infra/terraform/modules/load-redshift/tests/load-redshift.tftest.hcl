mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  landing_bucket = "acme-landing"
  lake_bucket    = "acme-lake"
  event_bus      = { name = "landfall", arn = "arn:aws:events:eu-central-1:111122223333:event-bus/landfall" }

  warehouse = {
    workgroup     = "analytics"
    workgroup_arn = "arn:aws:redshift-serverless:eu-central-1:111122223333:workgroup/0001"
    database      = "dev"
    copy_role     = "default"
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

run "it_may_do_what_its_page_says_and_no_more" {
  assert {
    condition = { for s in jsondecode(output.policy).Statement : s.Sid => { Action = s.Action, Resource = s.Resource } if s.Sid != "WriteLog" } == {
      ReadUpload = {
        Action   = ["s3:GetObject", "s3:GetObjectVersion"]
        Resource = ["arn:aws:s3:::acme-landing/*"]
      }
      WriteLoad = {
        Action   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = ["arn:aws:s3:::acme-lake/loads/*"]
      }
      TellMissingFromForbidden = {
        Action   = ["s3:ListBucket"]
        Resource = ["arn:aws:s3:::acme-landing", "arn:aws:s3:::acme-lake"]
      }
      SubmitBatch = {
        Action   = ["redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement"]
        Resource = ["arn:aws:redshift-serverless:eu-central-1:111122223333:workgroup/0001"]
      }
      SignIn = {
        Action   = ["redshift-serverless:GetCredentials"]
        Resource = ["arn:aws:redshift-serverless:eu-central-1:111122223333:workgroup/0001"]
      }
      TellOutcome = {
        Action   = ["events:PutEvents"]
        Resource = ["arn:aws:events:eu-central-1:111122223333:event-bus/landfall"]
      }
    }
    error_message = output.policy
  }
}

run "it_knows_the_workgroup" {
  assert {
    condition = output.environment == {
      LANDFALL_LAKE_BUCKET = "acme-lake"
      LANDFALL_EVENT_BUS   = "landfall"
      LANDFALL_COPY_ROLE   = "default"
      LANDFALL_DATABASE    = "dev"
      LANDFALL_WORKGROUP   = "analytics"
    }
    error_message = jsonencode(output.environment)
  }
}

run "every_object_of_the_landing_bucket_is_its_work" {
  assert {
    condition = jsondecode(output.queue.rules["created"]) == {
      source      = ["aws.s3"]
      detail-type = ["Object Created"]
      detail      = { bucket = { name = ["acme-landing"] } }
    }
    error_message = output.queue.rules["created"]
  }
}

run "a_cluster_by_its_own_identity" {
  variables {
    warehouse = { cluster = "c1", database = "dev", copy_role = "default" }
  }

  assert {
    condition = one([for s in jsondecode(output.policy).Statement : s if s.Sid == "SignIn"]) == {
      Sid      = "SignIn"
      Effect   = "Allow"
      Action   = ["redshift:GetClusterCredentialsWithIAM"]
      Resource = ["arn:aws:redshift:eu-central-1:111122223333:dbname:c1/dev"]
    }
    error_message = output.policy
  }

  assert {
    condition     = one([for s in jsondecode(output.policy).Statement : s.Resource if s.Sid == "SubmitBatch"]) == ["arn:aws:redshift:eu-central-1:111122223333:cluster:c1"]
    error_message = output.policy
  }

  assert {
    condition     = output.environment["LANDFALL_CLUSTER"] == "c1" && !contains(keys(output.environment), "LANDFALL_WORKGROUP")
    error_message = "Only one of the two is set: the function refuses both."
  }
}

run "a_cluster_by_a_database_user" {
  variables {
    warehouse = { cluster = "c1", database = "dev", db_user = "loader", copy_role = "default" }
  }

  assert {
    condition = one([for s in jsondecode(output.policy).Statement : s if s.Sid == "SignIn"]) == {
      Sid    = "SignIn"
      Effect = "Allow"
      Action = ["redshift:GetClusterCredentials"]
      Resource = [
        "arn:aws:redshift:eu-central-1:111122223333:dbuser:c1/loader",
        "arn:aws:redshift:eu-central-1:111122223333:dbname:c1/dev",
      ]
    }
    error_message = output.policy
  }
}

run "a_secret" {
  variables {
    warehouse = {
      workgroup     = "analytics"
      workgroup_arn = "arn:aws:redshift-serverless:eu-central-1:111122223333:workgroup/0001"
      database      = "dev"
      secret_arn    = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:loader-a1b2c3"
      copy_role     = "arn:aws:iam::111122223333:role/copy"
    }
  }

  assert {
    condition = (
      one([for s in jsondecode(output.policy).Statement : s.Action if s.Sid == "SignIn"]) == ["secretsmanager:GetSecretValue"] &&
      output.environment["LANDFALL_SECRET_ARN"] == "arn:aws:secretsmanager:eu-central-1:111122223333:secret:loader-a1b2c3" &&
      output.environment["LANDFALL_COPY_ROLE"] == "arn:aws:iam::111122223333:role/copy"
    )
    error_message = output.policy
  }
}

run "files_that_vendors_encrypt_with_their_own_keys" {
  variables {
    vendor_kms_key_arns = ["arn:aws:kms:eu-central-1:444455556666:key/11111111-2222-3333-4444-555555555555"]
  }

  assert {
    condition = one([for s in jsondecode(output.policy).Statement : s if s.Sid == "ReadEncryptedByVendors"]) == {
      Sid      = "ReadEncryptedByVendors"
      Effect   = "Allow"
      Action   = ["kms:Decrypt"]
      Resource = ["arn:aws:kms:eu-central-1:444455556666:key/11111111-2222-3333-4444-555555555555"]
    }
    error_message = output.policy
  }
}
