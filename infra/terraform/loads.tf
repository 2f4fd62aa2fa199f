# Uploads -> warehouse

locals {
  makes_warehouse = local.has_datasets && var.existing_warehouse == null
  looks_up_arn    = local.has_datasets && try(var.existing_warehouse.workgroup != null && var.existing_warehouse.workgroup_arn == null, false)

  found_warehouse = var.existing_warehouse == null ? null : merge(var.existing_warehouse, {
    workgroup_arn = local.looks_up_arn ? data.aws_redshiftserverless_workgroup.existing[0].arn : var.existing_warehouse.workgroup_arn
  })

  # COPY reads uploads, and manifests, rewritten files and exact copies in the lake.
  copy_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "ReadFiles"
          Effect   = "Allow"
          Action   = ["s3:GetObject"]
          Resource = ["${local.landing_arn}/*", "${local.lake_arn}/loads/*"]
        },
        {
          Sid      = "SeeBuckets"
          Effect   = "Allow"
          Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
          Resource = [local.landing_arn, local.lake_arn]
        },
      ],
      local.kms_key_arn == null ? [] : [{
        Sid      = "ReadEncrypted"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = [local.kms_key_arn]
      }],
      length(var.vendor_kms_key_arns) == 0 ? [] : [{
        Sid      = "ReadEncryptedByVendors"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = var.vendor_kms_key_arns
      }],
    )
  })
}

data "aws_redshiftserverless_workgroup" "existing" {
  count = local.looks_up_arn ? 1 : 0

  workgroup_name = var.existing_warehouse.workgroup
}

module "warehouse" {
  source = "./modules/warehouse"
  count  = local.makes_warehouse ? 1 : 0

  name               = var.name
  account_id         = local.account_id
  kms_key_arn        = local.kms_key_arn
  copy_policy        = local.copy_policy
  database           = var.warehouse.database
  base_capacity      = var.warehouse.base_capacity
  max_capacity       = var.warehouse.max_capacity
  subnet_ids         = var.warehouse.subnet_ids
  security_group_ids = var.warehouse.security_group_ids
}

module "load_redshift" {
  source = "./modules/load-redshift"
  count  = local.has_datasets ? 1 : 0

  common              = local.common
  landing_bucket      = local.landing_bucket
  lake_bucket         = local.lake_bucket
  vendor_kms_key_arns = var.vendor_kms_key_arns
  event_bus           = module.outcomes.event_bus
  warehouse           = local.makes_warehouse ? module.warehouse[0].warehouse : local.found_warehouse
}

module "watch_loads" {
  source = "./modules/watch-loads"
  count  = local.has_datasets ? 1 : 0

  common        = local.common
  load_redshift = module.load_redshift[0].function
  environment   = module.load_redshift[0].environment
}
