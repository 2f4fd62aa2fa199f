output "landing_bucket" {
  description = "The bucket that vendors write to."
  value       = local.landing_bucket
}

output "lake_bucket" {
  description = "The bucket that Landfall writes to."
  value       = local.lake_bucket
}

output "landing_deny_statement" {
  description = "The statement that refuses keys which no dataset takes, for the policy of an existing landing bucket."
  value       = jsonencode(one(local.landing_deny))
}

output "copy_policy" {
  description = "What the role of COPY may do, for the role of an existing warehouse."
  value       = local.copy_policy
}

output "event_bus" {
  description = "The bus of outcomes: source `landfall`, detail-type `Load Outcome`."
  value       = module.outcomes.event_bus.name
}

output "alerts_topic_arn" {
  description = "The topic of bad outcomes and alarms."
  value       = module.outcomes.topic_arn
}

output "collect_url" {
  description = "The address that tracking calls are sent to. Null: there are no tracking events."
  value       = one(module.collect_events[*].url)
}

output "glue_database" {
  description = "The Glue database of the events' tables. Null: there are no tracking events."
  value       = one(aws_glue_catalog_database.events[*].name)
}

output "environment" {
  description = "What `landfall --aws` wants to know: export it as variables of the shell."
  value = merge(
    { LANDFALL_LANDING_BUCKET = local.landing_bucket, LANDFALL_LAKE_BUCKET = local.lake_bucket },
    one(module.load_redshift[*].environment),
    local.has_events ? {
      LANDFALL_STREAM        = module.event_stream[0].stream.name
      LANDFALL_GLUE_DATABASE = aws_glue_catalog_database.events[0].name
    } : {},
  )
}

output "database_user" {
  description = "The functions' user in the database, to be granted what loads need. Null: another one was given."
  value = (
    !local.has_datasets || try(var.existing_warehouse.secret_arn, null) != null || try(var.existing_warehouse.db_user, null) != null ?
    null : "IAMR:${module.load_redshift[0].function.role_name}"
  )
}
