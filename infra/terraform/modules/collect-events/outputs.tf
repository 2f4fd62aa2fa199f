output "function" {
  description = "The function."
  value       = module.function.function
}

output "policy" {
  description = "The JSON of all that it may do."
  value       = module.function.policy
}

output "concurrency" {
  description = "How many requests it serves at once; null: no limit but the account's."
  value       = module.function.concurrency
}

output "url" {
  description = "The address that tracking calls are sent to."
  value       = aws_lambda_function_url.this.function_url
}
