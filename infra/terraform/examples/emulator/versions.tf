terraform {
  required_version = ">= 1.9"

  # `terraform init -backend-config=path=...` keeps the state elsewhere.
  backend "local" {}

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.80, < 7.0"
    }
  }
}
