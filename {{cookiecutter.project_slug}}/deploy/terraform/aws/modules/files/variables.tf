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
  description = "Subnets of what holds data, by zone."
  type        = map(string)
  nullable    = false
}

variable "clients" {
  description = "The security group of each service that mounts the files, by the service's name."
  type        = map(string)
  nullable    = false
}
