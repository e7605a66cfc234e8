# OpenSearch reaches into the VPC with this role, of which an account has one. Where it is there already:
# terraform import aws_iam_service_linked_role.search ARN
resource "aws_iam_service_linked_role" "search" {
  aws_service_name = "opensearchservice.amazonaws.com"
}
