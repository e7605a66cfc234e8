variable "name" {
  description = "Name of the database server, and first part of all other names."
  type        = string
  nullable    = false
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Subnets of what holds data."
  type        = list(string)
  nullable    = false
}

variable "clients" {
  description = "The security group of each service that connects, by the service's name."
  type        = map(string)
  nullable    = false
}

#% if cookiecutter.tier == "pilot"
variable "size" {
  description = "The machine, whether another one stands by, and the storage in GiB: at first, and at most."
  type = object({
    instance_class = string
    multi_az       = bool
    storage        = number
    max_storage    = number
  })
  nullable = false
}
#% else
variable "size" {
  description = "The least and the largest capacity in ACUs, and the instances: one writes, others read."
  type = object({
    min_capacity = number
    max_capacity = number
    instances    = number
  })
  nullable = false

  validation {
    condition     = var.size.instances >= 2
    error_message = "With one instance, the database is away for minutes when it fails."
  }
}
#% endif
##%
variable "deletion_protection" {
  description = "Whether the database can't be deleted by mistake."
  type        = bool
  nullable    = false
}
#% if cookiecutter.__database_pooling == "managed"
##%
variable "recovery_window" {
  description = "Days in which a secret that was deleted can be brought back; 0 for none."
  type        = number
  nullable    = false
}
#% endif
