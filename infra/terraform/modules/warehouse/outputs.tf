output "warehouse" {
  description = "What load-redshift must know of it."
  value = {
    workgroup     = aws_redshiftserverless_workgroup.this.workgroup_name
    workgroup_arn = aws_redshiftserverless_workgroup.this.arn
    database      = var.database
    copy_role     = aws_iam_role.copy.arn
  }
}
