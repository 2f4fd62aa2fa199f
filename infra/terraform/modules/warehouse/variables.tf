variable "name" {
  description = "The name of namespace and workgroup."
  type        = string
}

variable "account_id" {
  description = "The account."
  type        = string
}

variable "kms_key_arn" {
  description = "The key of the warehouse's data. Null: AWS's own."
  type        = string
}

variable "copy_policy" {
  description = "The JSON of what COPY may read."
  type        = string
}

variable "database" {
  description = "The database's name."
  type        = string
}

variable "base_capacity" {
  description = "RPUs to begin with."
  type        = number
}

variable "max_capacity" {
  description = "RPUs at most."
  type        = number
}

variable "subnet_ids" {
  description = "The subnets; empty: those of the default VPC."
  type        = list(string)
}

variable "security_group_ids" {
  description = "The security groups; empty: that of the default VPC."
  type        = list(string)
}
