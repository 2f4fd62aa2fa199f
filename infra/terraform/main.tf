data "aws_partition" "this" {}

data "aws_region" "this" {}

data "aws_caller_identity" "this" {}

locals {
  partition  = data.aws_partition.this.partition
  region     = data.aws_region.this.id
  account_id = data.aws_caller_identity.this.account_id

  has_datasets = length(var.pipelines.datasets) > 0
  has_events   = var.pipelines.events != null
  kms_key_arn  = var.create_kms_key ? aws_kms_key.this[0].arn : var.kms_key_arn

  common = {
    name                = var.name
    partition           = local.partition
    region              = local.region
    account_id          = local.account_id
    functions_folder    = var.functions_folder
    architecture        = var.architecture
    pipelines_layer_arn = aws_lambda_layer_version.pipelines.arn
    log_retention_days  = var.log_retention_days
    kms_key_arn         = local.kms_key_arn
    alarm_topic_arn     = module.outcomes.topic_arn
  }
}

# The folder of pipelines. A change there is a new version of the layer, and nothing else but the functions' use of it.
resource "aws_lambda_layer_version" "pipelines" {
  layer_name       = "${var.name}-pipelines"
  description      = "The folder of pipelines"
  filename         = var.pipelines_layer
  source_code_hash = filebase64sha256(var.pipelines_layer)

  # The functions use the new version before the old one goes.
  lifecycle {
    create_before_destroy = true
  }
}

module "outcomes" {
  source = "./modules/outcomes"

  name         = var.name
  account_id   = local.account_id
  kms_key_arn  = local.kms_key_arn
  alert_emails = var.alert_emails
}
