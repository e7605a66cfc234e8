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

# With numbers, which no other repository of that name will ever have. Those of before July 2026 may lack them.
variable "github_subject" {
  description = "How GitHub begins what it signs for the repository whose workflows may plan, apply and deploy."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^repo:[A-Za-z0-9._-]+(@[0-9]+)?/[A-Za-z0-9._-]+(@[0-9]+)?$", var.github_subject))
    error_message = "github_subject must be repo:OWNER@ID/NAME@ID, as deploy/aws/bootstrap.sh finds it."
  }
}

variable "environments" {
  description = "Environments of GitHub: the same names as in environments/."
  type        = set(string)
  default     = ["staging", "production"]
  nullable    = false
}

variable "create_account_wide" {
#% if cookiecutter.tier == "scale"
  description = "Whether to make what an account has once: GitHub's identity provider, and OpenSearch's role."
#% else
  description = "Whether to make what an account has once: GitHub's identity provider."
#% endif
  type        = bool
  default     = true
  nullable    = false
}
