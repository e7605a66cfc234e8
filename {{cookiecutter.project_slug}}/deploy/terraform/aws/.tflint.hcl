# tflint --init && tflint --recursive --config "$PWD/.tflint.hcl", in this folder.

plugin "terraform" {
  enabled = true
  preset  = "recommended"
}

# Knows the values that AWS takes, which Terraform itself doesn't check.
plugin "aws" {
  enabled = true
  version = "0.42.0"
  source  = "github.com/terraform-linters/tflint-ruleset-aws"
}
