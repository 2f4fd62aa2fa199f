module "function" {
  source = "../lambda"

  common          = var.common
  function        = "watch-loads"
  description     = "A Redshift batch that ended becomes an outcome that is published"
  memory_mb       = 256
  timeout_seconds = 120
  environment     = var.environment
  role            = var.load_redshift

  # These actions have no resources: a statement is identified by its submitter. The user id of a function is
  # <role id>:<function>, and load-redshift's statements are to be seen too.
  policy = jsonencode({
    Statement = [{
      Sid       = "SeeBatches"
      Effect    = "Allow"
      Action    = ["redshift-data:DescribeStatement", "redshift-data:GetStatementResult", "redshift-data:ListStatements"]
      Resource  = "*"
      Condition = { StringLike = { "redshift-data:statement-owner-iam-userid" = "${var.load_redshift.role_id}:*" } }
    }]
  })
}

module "queue" {
  source = "../queue"

  common      = var.common
  function    = module.function.function
  batch_size  = 10
  concurrency = 10

  rules = {
    ended = {
      description = "A batch of Landfall's has ended"
      pattern = jsonencode({
        source      = ["aws.redshift-data"]
        detail-type = ["Redshift Data Statement Status Change"]
        detail      = { statementName = [{ prefix = "landfall/load/" }] }
      })
    }

    # EventBridge delivers the events of the Data API on best effort.
    sweep = {
      description = "Look for batches whose event was lost"
      schedule    = "rate(10 minutes)"
    }
  }
}
