#!/bin/sh
# Have an environment run the release before. Doing it again goes back one more: what is left is forgotten,
# until it is deployed again. The database stays as it is: there is no way back from a release whose
# migrations the one before it can't work with.
set -eu
# shellcheck source-path=SCRIPTDIR/../..
. deploy/aws/common.sh
choose_environment
need aws jq
log_in
find_cluster

running=$(field web taskDefinition)
image=$(image_of "$running")
# The latest first. Those of releases that failed are no more.
revisions=$(aws ecs list-task-definitions --family-prefix "$name-web" --sort DESC \
    --query 'taskDefinitionArns[]' --output text)
left=
for revision in $revisions; do
    [ "${revision##*:}" -le "${running##*:}" ] || continue
    before=$(image_of "$revision")
    case $before in
    "$image") left="$left $revision" ;;
    *:unreleased) ;; # Terraform's
    *)
        has_image "${before##*:}" ||
            fail "The image of ${before##*:}, which ran before, isn't kept any more." \
                "Deploy a commit that works: make deploy ENVIRONMENT=$environment"
        prepare "$before"
        roll_out
        for one in $left; do
            forget "$one"
        done
        echo "$environment runs ${before##*:} again, instead of ${image##*:}."
        exit
        ;;
    esac
done
fail "Nothing else has run in $environment before." \
    "Deploy a commit that works: make deploy ENVIRONMENT=$environment"
