variable "name" {
  description = "Name of the cluster, and first part of all other names."
  type        = string
  nullable    = false
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
  nullable    = false
}

variable "services" {
  description = "Names of the services, each of which gets a security group."
  type        = set(string)
  nullable    = false
}
