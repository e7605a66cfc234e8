#!/bin/sh
# Open Django's shell in a web task, or run COMMAND there.
set -eu
# shellcheck source-path=SCRIPTDIR/../..
. deploy/aws/common.sh
choose_environment
need aws session-manager-plugin
log_in
find_cluster

task=$(aws ecs list-tasks --cluster "$name" --service-name web --desired-status RUNNING \
    --query 'taskArns[0]' --output text)
[ "$task" != None ] ||
    fail "No web task runs in $environment." "Deploy first: make deploy ENVIRONMENT=$environment"
aws ecs execute-command --cluster "$name" --task "$task" --container web --interactive \
    --command "${COMMAND:-python manage.py shell}"
