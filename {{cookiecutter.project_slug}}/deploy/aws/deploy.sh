#!/bin/sh
# Release this commit: build its image, migrate, replace what runs, and go back where that doesn't come up.
set -eu
# shellcheck source-path=SCRIPTDIR/../..
. deploy/aws/common.sh
choose_environment
need aws docker git jq
log_in
find_cluster

[ -z "$(git status --porcelain)" ] ||
    fail "There are changes that no commit has:" "$(git status --short)" \
        "Commit them: an image is named after its commit."
tag=$(git rev-parse --short=12 HEAD)
registry=$account.dkr.ecr.$AWS_REGION.amazonaws.com
image=$registry/$project:$tag

# What another environment runs already is the same image.
if ! has_image "$tag"; then
    aws ecr get-login-password | docker login --username AWS --password-stdin "$registry"
    docker build --platform linux/amd64 --tag "$image" .
    docker push "$image"
fi
# What has such a tag is kept for the environment, however much is released elsewhere (bootstrap/main.tf).
if ! has_image "$environment-$tag"; then
    manifest=$(aws ecr batch-get-image --repository-name "$project" --image-ids "imageTag=$tag" \
        --query 'images[0].imageManifest' --output text)
    aws ecr put-image --repository-name "$project" --image-tag "$environment-$tag" \
        --image-manifest "$manifest" >/dev/null
fi

told() { # what to tell of the release task
    aws ecs describe-tasks --cluster "$name" --tasks "$task" --query "tasks[0].$1" --output text
}

prepare "$image"
echo "Migrating $environment ..."
aws ecs run-task --cluster "$name" --launch-type FARGATE --task-definition "$(cat "$scratch/web.after")" \
    --network-configuration "$(aws ecs describe-services --cluster "$name" --services web \
        --query 'services[0].networkConfiguration' --output json)" \
    --overrides '{"containerOverrides": [{"name": "web", "command": ["sh", "deploy/release.sh"]}]}' \
    --output json >"$scratch/release"
task=$(jq --raw-output '.tasks[0].taskArn // empty' "$scratch/release")
[ "$task" ] ||
    fail "No release task starts, and nothing was replaced: $(jq -c .failures "$scratch/release")" \
        "Mend what it says above, and deploy again."
# This waits for 10 minutes, and a migration may take longer.
until aws ecs wait tasks-stopped --cluster "$name" --tasks "$task" 2>/dev/null; do
    status=$(told lastStatus)
    echo "Still waiting: the release task is $status."
done
code=$(told "containers[?name=='web'].exitCode | [0]")
if [ "$code" != 0 ]; then
    ended="didn't start"
    if [ "$code" != None ]; then
        ended="ended with $code"
        aws logs get-log-events --log-group-name "/$name/web" --log-stream-name "web/web/${task##*/}" \
            --query 'events[].[message]' --output text >&2 || true
    fi
    why=$(told "[stoppedReason, containers[].reason][] | [?@] | join('; ', @)")
    fail "The release task $ended, and nothing was replaced: $why" \
        "Mend what it says above, and deploy again."
fi

roll_out
echo "$environment runs $tag."
