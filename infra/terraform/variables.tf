# What two environments differ in. Everything else is stated where it is used.

variable "name" {
  description = "Begins the name of everything. Two deployments in one account need two names."
  type        = string
  default     = "landfall"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "The name is made of a-z, 0-9 and -, begins with a letter, and has 3 to 32 characters."
  }
}

# What is deployed

variable "pipelines" {
  description = <<-TEXT
    What the folder of pipelines asks of the infrastructure, as `landfall render terraform` writes it:
    per dataset the keys of the landing bucket that it takes, with * for any text, and how often a load is expected; and where the
    tracking events go, if a pipeline has them.
  TEXT
  type = object({
    datasets = optional(map(object({
      keys              = list(string)
      freshness_seconds = optional(number)
    })), {})
    events = optional(object({
      prefix = string
    }))
  })

  validation {
    condition     = alltrue([for name in keys(var.pipelines.datasets) : can(regex("^[a-z][a-z0-9_]*$", name))])
    error_message = "A dataset's name is made of a-z, 0-9 and _, and begins with a letter."
  }

  validation {
    condition     = alltrue([for dataset in var.pipelines.datasets : length(dataset.keys) > 0])
    error_message = "A dataset has at least one key, such as \"flights/airports.csv\"."
  }

  validation {
    condition     = alltrue([for key in flatten(values(var.pipelines.datasets)[*].keys) : can(regex("^[^/]", key))])
    error_message = "A key is not empty and does not begin with \"/\"."
  }
}

variable "functions_folder" {
  description = "The folder with <function>/bootstrap.zip, as scripts/zips.sh makes it."
  type        = string
}

variable "pipelines_layer" {
  description = "The zip with the folder of pipelines, as infra/pipelines-layer.sh makes it."
  type        = string
}

variable "architecture" {
  description = "What the zips were built for: arm64 or x86_64."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "The architecture is arm64 or x86_64."
  }
}

# Buckets

variable "landing_bucket" {
  description = "The bucket that vendors write to. An existing one must have versions and EventBridge on; see the README."
  type = object({
    name   = string
    create = optional(bool, true)
  })
}

variable "lake_bucket" {
  description = "The bucket that Landfall writes to. An existing one must have versions and EventBridge on."
  type = object({
    name   = string
    create = optional(bool, true)
  })
}

variable "expire_days" {
  description = <<-TEXT
    After how many days objects of the lake are deleted; as old versions they stay for 30 more. `errors` and `rejected`: events that
    could not be read, to be replayed before. `replayed`: those that were. `loads`: what was submitted, and copies that COPY read.
    An existing lake gets no rules.
  TEXT
  type = object({
    errors   = optional(number, 90)
    rejected = optional(number, 90)
    replayed = optional(number, 30)
    loads    = optional(number, 90)
  })
  default = {}

  validation {
    condition     = alltrue([for days in values(var.expire_days) : days >= 1 && days == floor(days)])
    error_message = "Objects are retained for whole days, at least one."
  }

  validation {
    # A dead letter is retained for two weeks, and loads again by the record of its load.
    condition     = var.expire_days.loads > 14
    error_message = "What was submitted is retained longer than dead letters: more than 14 days."
  }
}

variable "vendor_kms_key_arns" {
  description = <<-TEXT
    The keys with which vendors encrypt what they upload, where it is not the bucket's own: load-redshift, watch-loads and COPY may
    decrypt with them. A key of another account must allow this account in its own policy.
  TEXT
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.vendor_kms_key_arns : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", arn))])
    error_message = "A key is named by its ARN, such as arn:aws:kms:eu-central-1:111122223333:key/...; IAM takes no alias."
  }
}

variable "access_log_bucket" {
  description = "The bucket that takes S3's access logs of both. Null: none are written."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Whether `terraform destroy` deletes what is in the buckets. For environments that are thrown away."
  type        = bool
  default     = false
}

# Warehouse

variable "warehouse" {
  description = "The Redshift Serverless warehouse that is made, unless there is an `existing_warehouse`."
  type = object({
    database           = optional(string, "landfall")
    base_capacity      = optional(number, 8)
    max_capacity       = optional(number, 64)
    subnet_ids         = optional(list(string), [])
    security_group_ids = optional(list(string), [])
  })
  default = {}
}

variable "existing_warehouse" {
  description = <<-TEXT
    The warehouse that is there already: a Serverless workgroup (its ARN is looked up by its name if it is not given) or a
    provisioned cluster. `copy_role` is attached to it and has the permissions of the output `copy_policy`.
  TEXT
  type = object({
    workgroup     = optional(string)
    workgroup_arn = optional(string)
    cluster       = optional(string)
    database      = string
    db_user       = optional(string) # of a cluster
    secret_arn    = optional(string)
    copy_role     = optional(string, "default")
  })
  default = null

  validation {
    condition = (
      var.existing_warehouse == null ? true :
      (var.existing_warehouse.workgroup == null) != (var.existing_warehouse.cluster == null)
    )
    error_message = "An existing warehouse is either a workgroup or a cluster."
  }

  validation {
    condition = (
      try(var.existing_warehouse.db_user, null) == null ? true :
      var.existing_warehouse.workgroup == null && var.existing_warehouse.secret_arn == null
    )
    error_message = "Only a cluster has a db_user, and only without a secret: a secret names its user."
  }
}

# Tracking events

variable "write_keys_secret_arn" {
  description = "The secret in Secrets Manager with the write keys of tracking calls."
  type        = string
  default     = null
}

variable "write_keys" {
  description = "The write keys, where no secret has them. They are then in the state and in the function's variables."
  type        = list(string)
  default     = []
  sensitive   = true

  validation {
    condition     = var.pipelines.events == null || (var.write_keys_secret_arn == null) == (length(var.write_keys) > 0)
    error_message = "Tracking events need either `write_keys_secret_arn` or `write_keys`."
  }
}

variable "privacy_key_secret_arn" {
  description = "The secret in Secrets Manager with the key of the hashes of tracking events, at least 32 bytes. See docs/security.md before it is rotated."
  type        = string
  default     = null
}

variable "privacy_key" {
  description = "The same key, where no secret has it. It is then in the state and in the function's variables."
  type        = string
  default     = null
  sensitive   = true

  validation {
    condition     = var.privacy_key == null ? true : length(var.privacy_key) >= 32
    error_message = "The privacy key has at least 32 bytes."
  }

  validation {
    condition     = var.privacy_key == null || var.privacy_key_secret_arn == null
    error_message = "The privacy key is in `privacy_key_secret_arn` or in `privacy_key`, not in both."
  }
}

variable "collect_concurrency" {
  description = <<-TEXT
    How many requests `collect-events` serves at once; more are answered with 429. It is taken from the account's concurrency, of which
    100 must remain. 0: none is reserved, and the account's limit holds.
  TEXT
  type        = number
  default     = 50

  validation {
    condition     = var.collect_concurrency >= 0 && var.collect_concurrency == floor(var.collect_concurrency)
    error_message = "The concurrency is a whole number from 0."
  }
}

variable "delivery_interval_seconds" {
  description = "How long Firehose gathers events before it delivers them: the delay of a new event, and the size of files."
  type        = number
  default     = 60

  validation {
    condition     = var.delivery_interval_seconds >= 0 && var.delivery_interval_seconds <= 900
    error_message = "Firehose takes 0 to 900 seconds."
  }
}

variable "glue_database" {
  description = "The Glue database that is made for the tables of events. Null: the deployment's name, with _ for -."
  type        = string
  default     = null
}

variable "partition_projection" {
  description = "Whether Athena computes the partitions of the tables instead of asking Glue."
  type        = bool
  default     = false
}

# Operation

variable "alert_emails" {
  description = "Who gets bad outcomes and alarms by e-mail."
  type        = list(string)
  default     = []
}

variable "log_retention_days" {
  description = "How long logs are retained."
  type        = number
  default     = 30
}

variable "create_kms_key" {
  description = "Whether a key of the deployment's own encrypts everything."
  type        = bool
  default     = false
}

variable "kms_key_arn" {
  description = "The key that encrypts everything, with a policy such as kms.tf has. Null: AWS's own keys, unless one is created."
  type        = string
  default     = null
}
