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
  sizes               = var.sizes
}
