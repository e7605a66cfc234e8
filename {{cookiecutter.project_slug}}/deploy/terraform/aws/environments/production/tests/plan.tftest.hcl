# terraform test -var-file=../../sizes.tfvars: without an account of AWS, so that it runs everywhere.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

run "plan" {
  command = plan

  assert {
    condition     = output.url == "https://{{ cookiecutter.domain_name }}"
    error_message = "The site is not where it should be."
  }

  assert {
    condition     = output.cluster == "{{ cookiecutter.__aws_name }}-production"
    error_message = "deploy/aws/common.sh looks for the cluster under another name."
  }
}
