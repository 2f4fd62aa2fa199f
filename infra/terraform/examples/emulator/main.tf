# Everything on an emulator of AWS, with redshift-local as the warehouse; see tests/cloud.
#
# AWS_ENDPOINT_URL names the emulator, by address (http://127.0.0.1:4566): with an address, buckets are in the path.

provider "aws" {
  region = var.region

  skip_credentials_validation = true
  skip_metadata_api_check     = true

  default_tags {
    tags = { application = "landfall", environment = "emulator" }
  }
}

module "landfall" {
  source = "../.."

  name             = var.name
  pipelines        = var.pipelines
  functions_folder = "${var.build_folder}/lambda"
  pipelines_layer  = "${var.build_folder}/pipelines.zip"
  architecture     = var.architecture

  landing_bucket = { name = "${var.name}-landing" }
  lake_bucket    = { name = "${var.name}-lake" }
  force_destroy  = true

  # redshift-local takes any workgroup.
  existing_warehouse = {
    workgroup     = "local"
    workgroup_arn = "arn:aws:redshift-serverless:${var.region}:000000000000:workgroup/local"
    database      = "dev"
  }

  # Nobody's secrets.
  write_keys  = ["a-write-key-that-is-public"]
  privacy_key = "a-privacy-key-that-is-public-and-of-no-use"

  delivery_interval_seconds = 1
}
