variable "name" {
  description = "The deployment's name."
  type        = string
}

variable "region" {
  description = "The region of the metrics."
  type        = string
}

variable "alarm_topic_arn" {
  description = "The topic of alarms."
  type        = string
}

variable "datasets" {
  description = "The datasets by name, with how often a load is expected; null: lateness is no alarm."
  type        = map(object({ freshness_seconds = number }))
}

variable "functions" {
  description = "The names of the functions, as deployed."
  type        = list(string)
}

variable "queues" {
  description = "The queues and their dead letters."
  type        = list(object({ name = string, dead_letters_name = string }))
}

variable "events" {
  description = "The Kinesis stream and the Firehose stream. Null: there are no tracking events."
  type        = object({ stream = string, delivery = string })
}
