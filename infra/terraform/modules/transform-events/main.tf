module "function" {
  source = "../lambda"

  common          = var.common
  function        = "transform-events"
  description     = "Firehose's records become checked lines, by table and day"
  memory_mb       = 512
  timeout_seconds = 60
  environment     = var.privacy_key == null ? {} : { LANDFALL_PRIVACY_KEY = var.privacy_key }
}
