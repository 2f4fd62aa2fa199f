variable "name" {
  description = "The deployment's name: the bus has it too."
  type        = string
}

variable "account_id" {
  description = "The account, whose alarms may use the topic."
  type        = string
}

variable "kms_key_arn" {
  description = "The key of topic and queue. Null: the topic is not encrypted, since AWS's own key lets no alarm publish."
  type        = string
}

variable "alert_emails" {
  description = "Who gets bad outcomes and alarms by e-mail. Each address is asked once for its consent."
  type        = list(string)
}
