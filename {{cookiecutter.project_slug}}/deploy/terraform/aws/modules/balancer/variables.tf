variable "name" {
  description = "Name of the load balancer, and first part of all other names."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.name) <= 29
    error_message = "Names of load balancers have 32 characters at most, and this one gets a suffix of three."
  }
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Subnets of the load balancer."
  type        = list(string)
  nullable    = false
}

variable "certificate_arn" {
  description = "The certificate of the site."
  type        = string
  nullable    = false
}

variable "web_security_group_id" {
  description = "The security group of the web tasks."
  type        = string
  nullable    = false
}

variable "port" {
  description = "The port that the web tasks listen on."
  type        = number
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether the load balancer and its logs can't be deleted by mistake."
  type        = bool
  nullable    = false
}
#% if cookiecutter.__static_media == "whitenoise"
##%
variable "domain" {
  description = "The host of the site."
  type        = string
  nullable    = false
}

variable "zone_id" {
  description = "The hosted zone of the domain."
  type        = string
  nullable    = false
}
#% endif
