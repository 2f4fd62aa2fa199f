output "function" {
  description = "What a trigger, or a function that shares the role, must know of it."
  value = {
    name            = aws_lambda_function.this.function_name
    arn             = aws_lambda_function.this.arn
    timeout_seconds = var.timeout_seconds
    role_name       = local.role_name
    role_arn        = local.role_arn
    role_id         = one(aws_iam_role.this[*].unique_id)
  }
}

output "policy" {
  description = "The JSON of all that it may do."
  value       = aws_iam_role_policy.this.policy
}

output "concurrency" {
  description = "Its reserved concurrency; null: none."
  value       = aws_lambda_function.this.reserved_concurrent_executions
}
