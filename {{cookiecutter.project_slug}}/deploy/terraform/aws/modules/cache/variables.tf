variable "name" {
  description = "First part of all names."
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

variable "servers" {
  description = "What each server is for, whether it may forget, and its shards (0: a plain one), by name."
  type = map(object({
    description = string
    evicts      = optional(bool, false)
    shards      = optional(number, 0)
  }))
  nullable = false
}

variable "node_type" {
  description = "The machine of each node."
  type        = string
  nullable    = false
}

variable "replicas" {
  description = "Nodes that stand by for each that is in use, in other zones."
  type        = number
  nullable    = false
}
