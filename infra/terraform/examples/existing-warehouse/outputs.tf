output "environment" {
  description = "For the shell, so that `landfall --aws` finds this deployment."
  value       = module.landfall.environment
}

output "copy_policy" {
  description = "What the role of COPY may do."
  value       = module.landfall.copy_policy
}

output "landing_deny_statement" {
  description = "For the policy of the landing bucket: it refuses keys that no dataset takes."
  value       = module.landfall.landing_deny_statement
}

output "database_user" {
  description = "The functions' user in the database, to be granted what loads need."
  value       = module.landfall.database_user
}
