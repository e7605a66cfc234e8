variable "name" {
  description = "First part of all names."
  type        = string
  nullable    = false
}

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

variable "certificate_arn" {
  description = "The certificate of the site, in us-east-1."
  type        = string
  nullable    = false
}

variable "balancer" {
  description = "The load balancer of web tasks: its ARN, and its own name."
  type = object({
    arn      = string
    dns_name = string
  })
  nullable = false
}
#% if cookiecutter.tier == "scale"
##%
variable "sockets" {
  description = "The load balancer of WebSockets: its ARN, and its own name."
  type = object({
    arn      = string
    dns_name = string
  })
  nullable = false
}
#% endif
##%
variable "static_domain_name" {
  description = "The bucket of static files."
  type        = string
  nullable    = false
}
#% if cookiecutter.tier != "pilot"
##%
variable "requests_per_5_minutes" {
  description = "Requests that one address may make within five minutes. An office may share an address."
  type        = number
  default     = 3000
  nullable    = false
}
#% endif
