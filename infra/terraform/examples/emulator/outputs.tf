output "environment" {
  description = "For the shell, so that `landfall --aws` finds this deployment."
  value       = module.landfall.environment
}

output "collect_url" {
  description = "Where tracking calls are sent to."
  value       = module.landfall.collect_url
}
