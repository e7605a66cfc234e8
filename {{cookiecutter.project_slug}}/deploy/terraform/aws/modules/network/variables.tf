variable "name" {
  description = "First part of all names."
  type        = string
  nullable    = false
}

variable "region" {
  description = "The region of AWS."
  type        = string
  nullable    = false
}

variable "cidr" {
  description = "Addresses of the VPC: a /16, of which each subnet gets a /20."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.cidr)) && endswith(var.cidr, "/16")
    error_message = "cidr must be a /16, such as 10.0.0.0/16."
  }
}

variable "zones" {
  description = "Letters of the availability zones. Add further ones at the end: addresses go by position."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.zones) >= 2 && length(var.zones) <= 4
    error_message = "Load balancers and databases need two zones, and the addresses are enough for four."
  }
}

variable "one_nat_gateway" {
  description = "Whether all zones leave by the NAT gateway of the first one, or each by its own."
  type        = bool
  nullable    = false
}

variable "interface_endpoints" {
  description = "Services of AWS that tasks reach without the NAT gateway, such as ecr.api."
  type        = set(string)
  nullable    = false
}
