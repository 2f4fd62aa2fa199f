variable "name" {
  description = "The bucket's name."
  type        = string
}

variable "kms_key_arn" {
  description = "The key of its objects. Null: S3's own (SSE-S3)."
  type        = string
}

variable "noncurrent_days" {
  description = "How long versions that were overwritten or deleted are retained."
  type        = number
}

variable "expire" {
  description = "Objects that are deleted after some days: prefix = days."
  type        = map(number)
  default     = {}
}

variable "deny" {
  description = "Statements of the bucket's policy in addition to the one on TLS, as the JSON of a list."
  type        = string
  default     = "[]"
}

variable "access_log_bucket" {
  description = "The bucket that takes S3's access logs. Null: none are written."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Whether a destroy deletes what is in it."
  type        = bool
  default     = false
}
