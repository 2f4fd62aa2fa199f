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

variable "load_redshift" {
  description = "The function that submits the batches. The Data API shows a batch only to the role that submitted it: both share one."
  type = object({
    role_name = string
    role_arn  = string
    role_id   = string
  })
}

variable "environment" {
  description = "The variables of load-redshift."
  type        = map(string)
}
