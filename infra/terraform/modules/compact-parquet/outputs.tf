output "function" {
  description = "The function."
  value       = module.function.function
}

output "policy" {
  description = "The JSON of all that it may do."
  value       = module.function.policy
}
