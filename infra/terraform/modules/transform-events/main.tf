locals {
  privacy_key = merge(
    var.privacy_key == null ? {} : { LANDFALL_PRIVACY_KEY = var.privacy_key },
    var.privacy_key_secret_arn == null ? {} : { LANDFALL_PRIVACY_KEY_SECRET = var.privacy_key_secret_arn },
  )

  read_secret = var.privacy_key_secret_arn == null ? [] : [{
    Sid      = "ReadPrivacyKey"
    Effect   = "Allow"
    Action   = ["secretsmanager:GetSecretValue"]
    Resource = [var.privacy_key_secret_arn]
  }]
}

module "function" {
  source = "../lambda"

  common          = var.common
  function        = "transform-events"
  description     = "Firehose's records become checked lines, by table and day"
  memory_mb       = 512
  timeout_seconds = 60
  environment     = local.privacy_key

  policy = jsonencode({ Statement = local.read_secret })
}
