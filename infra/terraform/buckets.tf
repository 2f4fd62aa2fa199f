locals {
  landing_arn          = "arn:${local.partition}:s3:::${var.landing_bucket.name}"
  lake_arn             = "arn:${local.partition}:s3:::${var.lake_bucket.name}"
  landing_key_patterns = sort(distinct(flatten([for dataset in var.pipelines.datasets : dataset.keys])))

  # What no dataset takes is refused at the door.
  landing_deny = !local.has_datasets ? [] : [{
    Sid         = "OnlyKeysOfDatasets"
    Effect      = "Deny"
    Principal   = "*"
    Action      = "s3:PutObject"
    NotResource = [for pattern in local.landing_key_patterns : "${local.landing_arn}/${pattern}"]
  }]

  # The other folders below the events' prefix are data, or reports of it: they are retained.
  expire_events = !local.has_events ? {} : {
    for folder in ["errors", "rejected", "replayed"] : "${local.events_prefix}/${folder}/" => var.expire_days[folder]
  }

  landing_bucket = var.landing_bucket.create ? module.landing[0].name : var.landing_bucket.name
  lake_bucket    = var.lake_bucket.create ? module.lake[0].name : var.lake_bucket.name
}

module "landing" {
  source = "./modules/bucket"
  count  = var.landing_bucket.create ? 1 : 0

  name              = var.landing_bucket.name
  kms_key_arn       = local.kms_key_arn
  noncurrent_days   = 90 # how long an upload that was overwritten can be loaded again
  deny              = jsonencode(local.landing_deny)
  access_log_bucket = var.access_log_bucket
  force_destroy     = var.force_destroy
}

module "lake" {
  source = "./modules/bucket"
  count  = var.lake_bucket.create ? 1 : 0

  name              = var.lake_bucket.name
  kms_key_arn       = local.kms_key_arn
  noncurrent_days   = 30
  expire            = merge({ "loads/" = var.expire_days.loads }, local.expire_events)
  access_log_bucket = var.access_log_bucket
  force_destroy     = var.force_destroy
}
