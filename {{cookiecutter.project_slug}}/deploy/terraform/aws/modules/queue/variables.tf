variable "name" {
  description = "First part of all names."
  type        = string
  nullable    = false
}

variable "visibility_timeout" {
  description = "Seconds until a task that nobody has acknowledged is delivered again."
  type        = number
  nullable    = false
}
