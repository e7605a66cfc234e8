provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project     = "{{ cookiecutter.__aws_name }}"
      Environment = "production"
      ManagedBy   = "terraform"
    }
  }
}
