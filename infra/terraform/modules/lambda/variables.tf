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

variable "function" {
  description = "The function's name: its crate, its folder, its zip."
  type        = string
}

variable "description" {
  description = "What it does, in one line."
  type        = string
}

variable "memory_mb" {
  description = "Its memory; CPU grows with it, to one core at 1769 MB."
  type        = number
}

variable "timeout_seconds" {
  description = "How long one invocation may take."
  type        = number
}

variable "reserved_concurrency" {
  description = "How many invocations run at once at most, taken from the account's concurrency. Null: its trigger bounds them."
  type        = number
  default     = null
}

variable "environment" {
  description = "Its variables, in addition to LANDFALL_PIPELINES, which has its default."
  type        = map(string)
  default     = {}
}

variable "reads_pipelines" {
  description = "Whether it gets the layer with the folder of pipelines."
  type        = bool
  default     = true
}

variable "policy" {
  description = "The JSON of what it may do, in addition to writing its log: an object with `Statement`."
  type        = string
  default     = "{\"Statement\": []}"
}

variable "role" {
  description = "The role of another function that it shares. Null: its own."
  type = object({
    role_name = string
    role_arn  = string
  })
  default = null
}
