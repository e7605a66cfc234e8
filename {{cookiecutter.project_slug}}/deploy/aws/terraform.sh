#!/bin/sh
# Show what Terraform would change in an environment (plan), say what it then costs (cost), or change it (apply).
set -eu
# shellcheck source-path=SCRIPTDIR/../..
. deploy/aws/common.sh
choose_environment
need aws git python3 terraform
log_in
folder=$environments/$environment
bucket=$project-terraform-$account

need_a_plan() {
    [ -e "$folder/plan.tfplan" ] || fail "Nothing is planned." "Plan first: make plan ENVIRONMENT=$environment"
}

aws s3api head-bucket --bucket "$bucket" >/dev/null 2>&1 ||
    fail "Terraform's state has no bucket $bucket." "Make it, once: deploy/aws/bootstrap.sh OWNER/NAME"

case ${1:-} in
plan)
    initialize "$folder" -reconfigure -backend-config="bucket=$bucket" -backend-config="region=$AWS_REGION"
    terraform -chdir="$folder" plan -input=false -out=plan.tfplan \
        -var "region=$AWS_REGION" -var-file=../../sizes.tfvars
    [ -z "$(git status --porcelain "$folder/.terraform.lock.hcl")" ] ||
        echo "Commit $folder/.terraform.lock.hcl, which says with what this was planned, before you deploy."
    ;;
apply)
    need_a_plan
    terraform -chdir="$folder" apply -input=false plan.tfplan
    rm "$folder/plan.tfplan"
    ;;
cost)
    need_a_plan
    terraform -chdir="$folder" show -json plan.tfplan >"$scratch/plan.json"
    python3 deploy/aws/cost.py "$environment=$scratch/plan.json"
    ;;
*) fail "What shall be done?" "deploy/aws/terraform.sh plan, cost, or apply" ;;
esac
