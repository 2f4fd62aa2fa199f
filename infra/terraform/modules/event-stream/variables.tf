variable "common" {
  description = "What the functions of a deployment share; the part that is used here."
  type = object({
    name               = string
    partition          = string
    region             = string
    account_id         = string
    log_retention_days = number
    kms_key_arn        = string # null: AWS's own keys
    alarm_topic_arn    = string
  })
}

variable "lake_bucket" {
  description = "The name of the bucket that Landfall writes to."
  type        = string
}

variable "prefix" {
  description = "What the keys of the events begin with."
  type        = string
}

variable "transform_arn" {
  description = "The function transform-events, which Firehose calls."
  type        = string
}

variable "interval_seconds" {
  description = "How long Firehose gathers events before it delivers an object."
  type        = number
}
