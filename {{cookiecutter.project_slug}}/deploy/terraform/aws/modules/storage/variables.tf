variable "name" {
  description = "First part of all names."
  type        = string
  nullable    = false
}

variable "distribution_arn" {
  description = "The distribution of CloudFront that may read static files."
  type        = string
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether buckets that hold something can't be deleted."
  type        = bool
  nullable    = false
}
