# Loads alone, into a warehouse and from a bucket that are there already.

provider "aws" {
  region = var.region

  default_tags {
    tags = { application = "landfall" }
  }
}

module "landfall" {
  source = "../.."

  pipelines        = var.pipelines
  functions_folder = "${var.build_folder}/lambda"
  pipelines_layer  = "${var.build_folder}/pipelines.zip"

  # The vendor's bucket keeps its policy and its notifications: turn on versions and EventBridge there.
  landing_bucket = { name = var.landing_bucket, create = false }
  lake_bucket    = { name = var.lake_bucket }

  existing_warehouse = {
    workgroup = var.workgroup # or: cluster = "...", with db_user where IAM identities are no users
    database  = var.database
    copy_role = var.copy_role # attached to the warehouse; has the permissions of the output `copy_policy`
  }

  alert_emails = var.alert_emails
}
