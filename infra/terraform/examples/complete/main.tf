# Everything: a warehouse of its own, the buckets, the loads and the tracking events.

provider "aws" {
  region = var.region

  default_tags {
    tags = { application = "landfall", environment = var.environment }
  }
}

module "landfall" {
  source = "../.."

  name             = "landfall-${var.environment}"
  pipelines        = var.pipelines
  functions_folder = "${var.build_folder}/lambda"
  pipelines_layer  = "${var.build_folder}/pipelines.zip"

  landing_bucket = { name = "${var.bucket_prefix}-landing" }
  lake_bucket    = { name = "${var.bucket_prefix}-lake" }

  write_keys_secret_arn  = var.write_keys_secret_arn
  privacy_key_secret_arn = var.privacy_key_secret_arn

  alert_emails   = var.alert_emails
  create_kms_key = true
}
