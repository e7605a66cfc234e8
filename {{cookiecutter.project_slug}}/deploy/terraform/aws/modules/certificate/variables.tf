variable "domain" {
  description = "The host that the certificates are for."
  type        = string
  nullable    = false
}

variable "regions" {
  description = "Regions that need one: CloudFront looks in us-east-1, a load balancer in its own."
  type        = set(string)
  nullable    = false
}

variable "zone_id" {
  description = "The hosted zone of the domain."
  type        = string
  nullable    = false
}
