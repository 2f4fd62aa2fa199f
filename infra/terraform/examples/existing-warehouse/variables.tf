variable "region" {
  description = "Where everything is; COPY of Parquet files reads buckets of the warehouse's region alone."
  type        = string
}

variable "pipelines" {
  description = "What `landfall render terraform` writes: pipelines.auto.tfvars.json."
  type        = any
}

variable "landing_bucket" {
  description = "The bucket that vendors write to."
  type        = string
}

variable "lake_bucket" {
  description = "The name of the bucket that is made for Landfall."
  type        = string
}

variable "workgroup" {
  description = "The Redshift Serverless workgroup."
  type        = string
}

variable "database" {
  description = "The database with the tables."
  type        = string
}

variable "copy_role" {
  description = "The ARN of the role that COPY uses, or `default` for the warehouse's default role."
  type        = string
  default     = "default"
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
