module "monitoring" {
  source = "./modules/monitoring"

  name            = var.name
  region          = local.region
  alarm_topic_arn = module.outcomes.topic_arn
  datasets        = { for name, dataset in var.pipelines.datasets : name => { freshness_seconds = dataset.freshness_seconds } }

  functions = concat(
    module.load_redshift[*].function.name,
    module.watch_loads[*].function.name,
    module.collect_events[*].function.name,
    module.transform_events[*].function.name,
    module.write_parquet[*].function.name,
    module.update_catalog[*].function.name,
    module.compact_parquet[*].function.name,
  )

  queues = concat(
    module.load_redshift[*].queue,
    module.watch_loads[*].queue,
    module.write_parquet[*].queue,
    module.update_catalog[*].queue,
  )

  events = !local.has_events ? null : {
    stream   = module.event_stream[0].stream.name
    delivery = module.event_stream[0].delivery_name
  }
}
