module "stack" {
  source = "../../modules/stack"

  project             = "{{ cookiecutter.__aws_name }}"
  environment         = "production"
  region              = var.region
  domain              = "{{ cookiecutter.domain_name }}"
  zone_name           = "{{ cookiecutter.domain_name }}"
  cidr                = "10.0.0.0/16"
  alarm_email         = "{{ cookiecutter.author_email }}"
  deletion_protection = true
  sizes               = var.sizes
}
