output "stream" {
  description = "The Kinesis stream that takes the events."
  value       = { name = aws_kinesis_stream.this.name, arn = aws_kinesis_stream.this.arn }
}

output "delivery_name" {
  description = "The Firehose stream's name."
  value       = aws_kinesis_firehose_delivery_stream.this.name
}

output "policy" {
  description = "The JSON of all that Firehose may do."
  value       = aws_iam_role_policy.firehose.policy
}
