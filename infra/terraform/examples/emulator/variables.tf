variable "region" {
  description = "The region that the emulator is asked for."
  type        = string
  default     = "us-east-1"
}

variable "name" {
  description = "Begins the name of everything."
  type        = string
  default     = "landfall-emulator"
}

variable "pipelines" {
  description = "What `landfall render terraform` writes: pipelines.auto.tfvars.json."
  type        = any
}

variable "architecture" {
  description = "What the zips were built for: that of this machine, because emulators run them as they are."
  type        = string
  default     = "x86_64"
}

variable "build_folder" {
  description = "The folder with lambda/<function>/bootstrap.zip and pipelines.zip."
  type        = string
  default     = "../../../../target"
}
