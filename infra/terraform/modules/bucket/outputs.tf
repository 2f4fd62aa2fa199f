output "name" {
  description = "The bucket's name, once its events, versions and policy are set."
  value       = aws_s3_bucket.this.bucket

  depends_on = [
    aws_s3_bucket_notification.this,
    aws_s3_bucket_policy.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_s3_bucket_versioning.this,
  ]
}

output "expire" {
  description = "Objects that are deleted after some days: prefix = days."
  value       = var.expire
}
