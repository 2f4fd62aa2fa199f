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

variable "stream" {
  description = "The Kinesis stream that takes the events."
  type        = object({ name = string, arn = string })
}

variable "concurrency" {
  description = "How many requests it serves at once. 0: no limit but the account's."
  type        = number
  default     = 50
}

variable "write_keys_secret_arn" {
  description = "The secret with the write keys. Null: `write_keys` has them."
  type        = string
  default     = null
}

variable "write_keys" {
  description = "The write keys, where no secret has them."
  type        = list(string)
  default     = []
  sensitive   = true
}
