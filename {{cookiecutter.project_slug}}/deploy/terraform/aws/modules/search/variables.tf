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
  description = "Subnets of what holds data, one in each zone."
  type        = list(string)
  nullable    = false
}

variable "clients" {
  description = "The security group of each service that connects, by the service's name."
  type        = map(string)
  nullable    = false
}

variable "size" {
  description = "The machines of data and of masters, and of the former the number and the storage in GiB."
  type = object({
    instance_type = string
    master_type   = string
    instances     = number
    storage       = number
  })
  nullable = false
}
