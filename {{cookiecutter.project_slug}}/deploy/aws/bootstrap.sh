#!/bin/sh
# Make what all environments share: deploy/aws/bootstrap.sh OWNER/NAME, which is the repository on GitHub. Once for
# each account, and again after a change of deploy/terraform/aws/bootstrap.
set -eu
# shellcheck source-path=SCRIPTDIR/../..
. deploy/aws/common.sh
folder=deploy/terraform/aws/bootstrap

need aws terraform
case ${1:-} in
repo:*) subject=$1 ;;
*/*)
    # Most are signed for with numbers, as repo:OWNER@ID/NAME@ID: GitHub knows.
    subject=$(gh api "repos/$1/actions/oidc/customization/sub" --jq '.sub_claim_prefix // empty') ||
        fail "GitHub doesn't tell how it signs for $1." \
            "Install its CLI and log in (gh auth login), or say it: deploy/aws/bootstrap.sh repo:OWNER@ID/NAME@ID" \
            "The numbers are owner.id and id in https://api.github.com/repos/$1"
    ;;
*) fail "Which repository may deploy?" "Name it: deploy/aws/bootstrap.sh OWNER/NAME" ;;
esac
log_in
initialize "$folder"
terraform -chdir="$folder" apply -var "region=$AWS_REGION" -var "github_subject=${subject:-repo:$1}"
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
    if ! initialize "$folder" -migrate-state -force-copy; then
        rm "$folder/backend.tf"
        fail "The state is still in $folder." "Mend what Terraform says above, and do this again."
    fi
    rm -f "$folder"/terraform.tfstate*
    echo "Commit $folder/backend.tf, which says where its state is, and $folder/.terraform.lock.hcl."
fi
