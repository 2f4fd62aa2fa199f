variable "region" {
  description = "Where everything is."
  type        = string
}

variable "environment" {
  description = "Which deployment this is, such as dev or prod."
  type        = string
}

variable "bucket_prefix" {
  description = "Begins the names of both buckets, which no other bucket of the world may have."
  type        = string
}

variable "pipelines" {
  description = "What `landfall render terraform` writes: pipelines.auto.tfvars.json."
  type        = any
}

variable "write_keys_secret_arn" {
  description = "The secret with the write keys of tracking calls."
  type        = string
}

variable "privacy_key_secret_arn" {
  description = "The secret with the key of the hashes, at least 32 bytes."
  type        = string
}

variable "alert_emails" {
  description = "Who is notified of files that were not loaded, and of alarms."
  type        = list(string)
}

variable "build_folder" {
  description = "The folder with lambda/<function>/bootstrap.zip and pipelines.zip."
  type        = string
  default     = "../../../../target"
}
