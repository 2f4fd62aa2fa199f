variable "name" {
  description = "The queue's name; its alarm has it too."
  type        = string
}

variable "rule_arns" {
  description = "The rules that may send to it."
  type        = list(string)
}

variable "retention_days" {
  description = "How long a message is retained, counted from its first arrival in any queue."
  type        = number
  default     = 14
}

variable "visibility_timeout_seconds" {
  description = "When a message that was taken, and not deleted, comes again."
  type        = number
  default     = 30
}

variable "redrive_policy" {
  description = "Where messages go that come too often (JSON). Null: nowhere."
  type        = string
  default     = null
}

variable "alarm" {
  description = "What to say, and to which topic, when it holds a message. Null: it may hold some."
  type        = object({ description = string, topic_arn = string })
  default     = null
}

variable "kms_key_arn" {
  description = "The key of its messages. Null: SQS's own."
  type        = string
}
