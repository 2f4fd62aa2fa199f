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

variable "lake_bucket" {
  description = "The name of the bucket that Landfall writes to."
  type        = string
}

variable "prefix" {
  description = "What the keys of the events begin with."
  type        = string
}

variable "glue_database" {
  description = "The Glue database of the tables."
  type        = string
}

variable "partition_projection" {
  description = "Whether tables compute their partitions instead of listing them."
  type        = bool
}
