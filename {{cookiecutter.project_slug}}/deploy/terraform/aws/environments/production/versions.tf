terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.69"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.9"
    }
  }

  # The bucket is the bootstrap's: deploy/aws/terraform.sh names it.
  backend "s3" {
    key          = "production.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}
