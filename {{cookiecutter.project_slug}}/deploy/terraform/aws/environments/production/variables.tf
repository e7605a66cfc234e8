variable "region" {
  description = "The region of AWS."
  type        = string
  default     = "eu-central-1"
  nullable    = false
}

variable "sizes" {
  description = "How much of everything there is (sizes.tfvars); modules/stack has the types."
  type        = any
  nullable    = false
}
