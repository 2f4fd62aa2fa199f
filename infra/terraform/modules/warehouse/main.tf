resource "aws_redshiftserverless_namespace" "this" {
  namespace_name        = var.name
  db_name               = var.database
  manage_admin_password = true # in Secrets Manager; nobody needs to know it
  kms_key_id            = var.kms_key_arn
  iam_roles             = [aws_iam_role.copy.arn]
  default_iam_role_arn  = aws_iam_role.copy.arn
  log_exports           = ["connectionlog", "useractivitylog", "userlog"]
}

resource "aws_redshiftserverless_workgroup" "this" {
  workgroup_name      = var.name
  namespace_name      = aws_redshiftserverless_namespace.this.namespace_name
  base_capacity       = var.base_capacity
  max_capacity        = var.max_capacity
  subnet_ids          = length(var.subnet_ids) == 0 ? null : var.subnet_ids
  security_group_ids  = length(var.security_group_ids) == 0 ? null : var.security_group_ids
  publicly_accessible = false
}

# COPY reads with this role, as the warehouse.
resource "aws_iam_role" "copy" {
  name        = "${var.name}-copy"
  description = "Redshift reads uploads and what Landfall made of them"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"] }
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "copy" {
  name   = "copy"
  role   = aws_iam_role.copy.name
  policy = var.copy_policy
}
