variable "project" {
  description = "Name of the project: of the repository of images, and first part of all other names."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.project)) && length(var.project) <= 18
    error_message = "project must be lowercase letters, digits and single dashes, 18 characters at most."
  }
}

variable "environment" {
  description = "Name of the environment."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+$", var.environment)) && length(var.environment) <= 10
    error_message = "environment must be of lowercase letters, and 10 characters at most."
  }
}

variable "region" {
  description = "The region of AWS."
  type        = string
  nullable    = false
}

variable "domain" {
  description = "The host that the site is served under."
  type        = string
  nullable    = false
}

variable "zone_name" {
  description = "The hosted zone of Route 53 that the domain is in. It must exist."
  type        = string
  nullable    = false
}

variable "cidr" {
  description = "Addresses of the VPC, a /16. Those of two environments should differ."
  type        = string
  nullable    = false
}

variable "alarm_email" {
  description = "Who is told of alarms."
  type        = string
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether data can't be deleted by mistake."
  type        = bool
  nullable    = false
}

variable "sizes" {
  description = "How much of everything there is: sizes.tfvars."
  type = object({
    zones           = list(string) # letters of availability zones
    one_nat_gateway = bool         # or one for each zone
    web = object({
      cpu    = number # 1024 are one CPU
      memory = number # MiB
      min    = number # tasks
      max    = number
    })
#% if cookiecutter.celery != "none"
    worker = object({
      cpu    = number
      memory = number
      min    = number
      max    = number
      spot   = bool # whether all but the first are on spare capacity
    })
    beat = object({
      cpu    = number
      memory = number
    })
#% endif
#% if cookiecutter.tier == "pilot"
    database = object({
      instance_class = string
      multi_az       = bool
      storage        = number # GiB
      max_storage    = number
    })
    cache = object({
      node_type = string
      replicas  = number # of each node
    })
#% else
    database = object({
      min_capacity = number # ACUs
      max_capacity = number
      instances    = number
    })
#% endif
#% if cookiecutter.tier == "production"
    cache = object({
      node_type = string
      replicas  = number # of each node
    })
#% elif cookiecutter.tier == "scale"
    cache = object({
      node_type = string
      replicas  = number # of each node
      shards    = number # of what keeps state
    })
    search = object({
      instance_type = string
      master_type   = string
      instances     = number
      storage       = number # GiB for each
    })
#% endif
  })
  nullable = false
}
