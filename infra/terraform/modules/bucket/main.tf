resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18:Access logs are written when `access_log_bucket` names a bucket for them.
  #checkov:skip=CKV_AWS_144:Files can be sent again by the vendor, raw events are versioned; replication is the account's decision.
  #checkov:skip=CKV_AWS_145:Encrypted with the deployment's key when there is one, else with SSE-S3.
  bucket        = var.name
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id

  # A load is of one version of an object.
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    id     = "tidy"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  dynamic "rule" {
    for_each = var.expire

    content {
      id     = "expire-${basename(rule.key)}"
      status = "Enabled"

      filter {
        prefix = rule.key
      }

      expiration {
        days = rule.value
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_logging" "this" {
  count = var.access_log_bucket == null ? 0 : 1

  bucket        = aws_s3_bucket.this.id
  target_bucket = var.access_log_bucket
  target_prefix = "${var.name}/"
}

# All events of the bucket go to EventBridge; rules choose among them. Nothing else may own the bucket's notifications.
resource "aws_s3_bucket_notification" "this" {
  bucket      = aws_s3_bucket.this.id
  eventbridge = true
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = local.policy

  lifecycle {
    precondition {
      # Amazon S3 User Guide, "Bucket policies": 20 KB.
      condition     = local.policy_bytes <= 20480
      error_message = "The policy of ${var.name} is longer than S3 takes (20 KB): use broader key patterns."
    }
  }

  # Both change the bucket's access; S3 refuses two such changes at once.
  depends_on = [aws_s3_bucket_public_access_block.this]
}

locals {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(jsondecode(var.deny), [{
      Sid       = "OnlyTls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }])
  })

  policy_bytes = length(local.policy)
}
