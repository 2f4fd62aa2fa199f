output "function" {
  description = "The function."
  value       = module.function.function
}

output "policy" {
  description = "The JSON of what the shared role may do for it."
  value       = module.function.policy
}

output "queue" {
  description = "Its queue."
  value       = module.queue
}
