variable "name" {
  description = "First part of all names."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "The variables' values, by name."
  type        = map(string)
  nullable    = false
}

variable "recovery_window" {
  description = "Days in which a secret that was deleted can be brought back; 0 for none."
  type        = number
  nullable    = false
}
