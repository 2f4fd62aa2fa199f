# Tracking events -> lake -> catalog

locals {
  events_prefix = try(var.pipelines.events.prefix, null)
  glue_database = coalesce(var.glue_database, replace(var.name, "-", "_"))
}

module "collect_events" {
  source = "./modules/collect-events"
  count  = local.has_events ? 1 : 0

  common                = local.common
  concurrency           = var.collect_concurrency
  stream                = module.event_stream[0].stream
  write_keys_secret_arn = var.write_keys_secret_arn
  write_keys            = var.write_keys
}

module "event_stream" {
  source = "./modules/event-stream"
  count  = local.has_events ? 1 : 0

  common           = local.common
  lake_bucket      = local.lake_bucket
  prefix           = local.events_prefix
  transform_arn    = module.transform_events[0].function.arn
  interval_seconds = var.delivery_interval_seconds
}

module "transform_events" {
  source = "./modules/transform-events"
  count  = local.has_events ? 1 : 0

  common                 = local.common
  privacy_key_secret_arn = var.privacy_key_secret_arn
  privacy_key            = var.privacy_key
}

module "write_parquet" {
  source = "./modules/write-parquet"
  count  = local.has_events ? 1 : 0

  common      = local.common
  lake_bucket = local.lake_bucket
  prefix      = local.events_prefix
}

module "update_catalog" {
  source = "./modules/update-catalog"
  count  = local.has_events ? 1 : 0

  common               = local.common
  lake_bucket          = local.lake_bucket
  prefix               = local.events_prefix
  glue_database        = aws_glue_catalog_database.events[0].name
  partition_projection = var.partition_projection
}

module "compact_parquet" {
  source = "./modules/compact-parquet"
  count  = local.has_events ? 1 : 0

  common        = local.common
  lake_bucket   = local.lake_bucket
  prefix        = local.events_prefix
  glue_database = aws_glue_catalog_database.events[0].name
}

resource "aws_glue_catalog_database" "events" {
  count = local.has_events ? 1 : 0

  name        = local.glue_database
  description = "Tracking events: one table per kind, one partition per day"
}
