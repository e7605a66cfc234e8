variable "project" {
  description = "Name of the project: the same as in environments/."
  type        = string
  default     = "{{ cookiecutter.__aws_name }}"
  nullable    = false
}

variable "region" {
  description = "The region of AWS."
  type        = string
  default     = "eu-central-1"
  nullable    = false
}

variable "github_repository" {
  description = "The repository whose workflows may plan, apply and deploy."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "github_repository must be owner/name."
  }
}

variable "environments" {
  description = "Environments of GitHub: the same names as in environments/."
  type        = set(string)
  default     = ["staging", "production"]
  nullable    = false
}
