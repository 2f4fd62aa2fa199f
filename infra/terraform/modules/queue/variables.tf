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
  description = "The function that empties the queue; the queue is named after it."
  type = object({
    name            = string
    arn             = string
    timeout_seconds = number
    role_name       = string
  })
}

variable "rules" {
  description = "What feeds the queue: events of the default bus that match a pattern (JSON), or a schedule."
  type = map(object({
    description = string
    pattern     = optional(string)
    schedule    = optional(string)
  }))

  validation {
    condition     = alltrue([for rule in var.rules : (rule.pattern == null) != (rule.schedule == null)])
    error_message = "A rule has either a pattern or a schedule."
  }
}

variable "batch_size" {
  description = "How many messages one invocation gets at most."
  type        = number
}

variable "concurrency" {
  description = "How many invocations run at once at most, from 2."
  type        = number
}

variable "max_age_seconds" {
  description = "How long the oldest message may wait before the alarm."
  type        = number
  default     = 900
}
