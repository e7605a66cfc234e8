module "stack" {
  source = "../../modules/stack"

  project             = "{{ cookiecutter.__aws_name }}"
  environment         = "staging"
  region              = var.region
  domain              = "staging.{{ cookiecutter.domain_name }}"
  zone_name           = "{{ cookiecutter.domain_name }}"
  cidr                = "10.1.0.0/16"
  alarm_email         = "{{ cookiecutter.author_email }}"
  deletion_protection = false
#% if cookiecutter.tier == "pilot"
  sizes               = var.sizes
#% else
  # One way out is enough here, and an account begins with five addresses.
  sizes = merge(var.sizes, { one_nat_gateway = true })
#% endif
}
