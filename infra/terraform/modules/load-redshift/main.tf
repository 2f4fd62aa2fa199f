locals {
  arn      = "arn:${var.common.partition}"
  here     = "${var.common.region}:${var.common.account_id}"
  landing  = "${local.arn}:s3:::${var.landing_bucket}"
  lake     = "${local.arn}:s3:::${var.lake_bucket}"
  database = var.warehouse.database
  cluster  = coalesce(var.warehouse.cluster, "none")

  is_cluster    = var.warehouse.cluster != null
  warehouse_arn = local.is_cluster ? "${local.arn}:redshift:${local.here}:cluster:${local.cluster}" : var.warehouse.workgroup_arn

  # Amazon Redshift management guide, "Authorizing access to the Data API": what each way of signing in needs.
  sign_in = (
    var.warehouse.secret_arn != null ? {
      Action   = ["secretsmanager:GetSecretValue"]
      Resource = [var.warehouse.secret_arn]
    } :
    !local.is_cluster ? {
      Action   = ["redshift-serverless:GetCredentials"]
      Resource = [var.warehouse.workgroup_arn]
    } :
    var.warehouse.db_user != null ? {
      Action = ["redshift:GetClusterCredentials"]
      Resource = [
        "${local.arn}:redshift:${local.here}:dbuser:${local.cluster}/${var.warehouse.db_user}",
        "${local.arn}:redshift:${local.here}:dbname:${local.cluster}/${local.database}",
      ]
    } :
    {
      Action   = ["redshift:GetClusterCredentialsWithIAM"]
      Resource = ["${local.arn}:redshift:${local.here}:dbname:${local.cluster}/${local.database}"]
    }
  )

  read_encrypted = length(var.vendor_kms_key_arns) == 0 ? [] : [{
    Sid      = "ReadEncryptedByVendors"
    Effect   = "Allow"
    Action   = ["kms:Decrypt"]
    Resource = var.vendor_kms_key_arns
  }]

  optional_environment = {
    LANDFALL_WORKGROUP  = var.warehouse.workgroup
    LANDFALL_CLUSTER    = var.warehouse.cluster
    LANDFALL_DB_USER    = var.warehouse.db_user
    LANDFALL_SECRET_ARN = var.warehouse.secret_arn
  }

  environment = merge(
    {
      LANDFALL_LAKE_BUCKET = var.lake_bucket
      LANDFALL_EVENT_BUS   = var.event_bus.name
      LANDFALL_COPY_ROLE   = var.warehouse.copy_role
      LANDFALL_DATABASE    = local.database
    },
    { for name, value in local.optional_environment : name => value if value != null },
  )
}

module "function" {
  source = "../lambda"

  common          = var.common
  function        = "load-redshift"
  description     = "An upload becomes one batch submitted to Redshift"
  memory_mb       = 1769 # one core: some files are rewritten on the way
  timeout_seconds = 300
  environment     = local.environment

  policy = jsonencode({
    Statement = concat(local.read_encrypted, [
      {
        Sid      = "ReadUpload"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectVersion"]
        Resource = ["${local.landing}/*"]
      },
      {
        Sid      = "WriteLoad"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = ["${local.lake}/loads/*"]
      },
      {
        Sid      = "TellMissingFromForbidden"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [local.landing, local.lake]
      },
      {
        Sid      = "SubmitBatch"
        Effect   = "Allow"
        Action   = ["redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement"]
        Resource = [local.warehouse_arn]
      },
      merge({ Sid = "SignIn", Effect = "Allow" }, local.sign_in),
      {
        Sid      = "TellOutcome"
        Effect   = "Allow"
        Action   = ["events:PutEvents"]
        Resource = [var.event_bus.arn]
      },
    ])
  })
}

module "queue" {
  source = "../queue"

  common      = var.common
  function    = module.function.function
  batch_size  = 1 # a file that is rewritten takes minutes: no other upload waits behind it
  concurrency = 10

  rules = {
    created = {
      description = "An object was created in ${var.landing_bucket}"
      pattern = jsonencode({
        source      = ["aws.s3"]
        detail-type = ["Object Created"]
        detail      = { bucket = { name = [var.landing_bucket] } }
      })
    }
  }
}
