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

variable "landing_bucket" {
  description = "The name of the bucket that vendors write to."
  type        = string
}

variable "vendor_kms_key_arns" {
  description = "The keys with which vendors encrypt what they upload, where it is not the bucket's own."
  type        = list(string)
  default     = []
}

variable "lake_bucket" {
  description = "The name of the bucket that Landfall writes to."
  type        = string
}

variable "event_bus" {
  description = "The bus that outcomes go to."
  type        = object({ name = string, arn = string })
}

variable "warehouse" {
  description = "Where the tables are: a Serverless workgroup or a provisioned cluster."
  type = object({
    workgroup     = optional(string)
    workgroup_arn = optional(string)
    cluster       = optional(string)
    database      = string
    db_user       = optional(string) # of a cluster; else the role is the user
    secret_arn    = optional(string) # with user and password, in place of an identity
    copy_role     = string           # `default`, or the ARN of the role that COPY uses
  })
}
