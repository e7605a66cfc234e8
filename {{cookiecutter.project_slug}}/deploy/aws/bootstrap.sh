#!/bin/sh
# Make what all environments share: deploy/aws/bootstrap.sh OWNER/NAME, which is the repository on GitHub. Once for
# each account, and again after a change of deploy/terraform/aws/bootstrap.
set -eu
# shellcheck source-path=SCRIPTDIR/../..
. deploy/aws/common.sh
folder=deploy/terraform/aws/bootstrap

[ "${1:-}" ] || fail "Which repository may deploy?" "Name it: deploy/aws/bootstrap.sh OWNER/NAME"
need aws terraform
log_in
terraform -chdir="$folder" init -input=false
terraform -chdir="$folder" apply -var "region=$AWS_REGION" -var "github_repository=$1"
if [ ! -e "$folder/backend.tf" ]; then
    # Its own state goes where it has just made room for it.
    cat >"$folder/backend.tf" <<END
terraform {
  backend "s3" {
    bucket       = "$project-terraform-$account"
    key          = "bootstrap.tfstate"
    region       = "$AWS_REGION"
    encrypt      = true
    use_lockfile = true
  }
}
END
    if ! terraform -chdir="$folder" init -input=false -migrate-state -force-copy; then
        rm "$folder/backend.tf"
        fail "The state is still in $folder." "Mend what Terraform says above, and do this again."
    fi
    rm -f "$folder"/terraform.tfstate*
    echo "Commit $folder/backend.tf, which says where its state is."
fi
