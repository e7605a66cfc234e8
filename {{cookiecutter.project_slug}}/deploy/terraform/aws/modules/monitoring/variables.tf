variable "name" {
  description = "First part of all names."
  type        = string
  nullable    = false
}

variable "email" {
  description = "Who is told of alarms. AWS asks by e-mail whether that is wanted."
  type        = string
  nullable    = false
}

variable "alarms" {
  description = "What is watched, by name. An alarm goes off after `periods` of `period` seconds each."
  type = map(object({
    description = string
    namespace   = string
    metric_name = string
    dimensions  = optional(map(string), {})
    statistic   = optional(string, "Average")
    percentile  = optional(string)
    comparison  = optional(string, "GreaterThanThreshold")
    threshold   = number
    period      = optional(number, 60)
    periods     = optional(number, 5)
    missing     = optional(string, "notBreaching")
  }))
  nullable = false

  validation {
    condition     = alltrue([for alarm in var.alarms : alarm.period * alarm.periods <= 24 * 3600])
    error_message = "CloudWatch looks back a day at most."
  }
}
