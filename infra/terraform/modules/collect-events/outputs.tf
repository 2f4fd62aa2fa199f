output "function" {
  description = "The function."
  value       = module.function.function
}

output "policy" {
  description = "The JSON of all that it may do."
  value       = module.function.policy
}

output "url" {
  description = "The address that tracking calls are sent to."
  value       = aws_lambda_function_url.this.function_url
}
