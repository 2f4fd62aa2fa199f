output "function" {
  description = "The function, and the role that watch-loads shares."
  value       = module.function.function
}

output "environment" {
  description = "Its variables, which watch-loads has too."
  value       = local.environment
}

output "policy" {
  description = "The JSON of all that it may do."
  value       = module.function.policy
}

output "queue" {
  description = "Its queue."
  value       = module.queue
}
