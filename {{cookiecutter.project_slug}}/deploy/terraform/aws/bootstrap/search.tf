# OpenSearch reaches into the VPC with this role, of which an account has one.
resource "aws_iam_service_linked_role" "search" {
  count = var.create_account_wide ? 1 : 0

  aws_service_name = "opensearchservice.amazonaws.com"
}
