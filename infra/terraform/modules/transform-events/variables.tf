variable "common" {
  description = "What the functions of a deployment share."
  type = object({
    name                = string # begins the name of everything
    partition           = string
    region              = string
    account_id          = string
    functions_folder    = string # holds <function>/bootstrap.zip
    architecture        = string
    pipelines_layer_arn = string
    log_retention_days  = number
    kms_key_arn         = string # null: AWS's own keys
    alarm_topic_arn     = string
  })
}

variable "privacy_key_secret_arn" {
  description = "The secret with the key of the hashes. Null: `privacy_key` has it, or no rule hashes."
  type        = string
  default     = null
}

variable "privacy_key" {
  description = "The key of the hashes, at least 32 bytes, where no secret has it."
  type        = string
  default     = null
  sensitive   = true
}
