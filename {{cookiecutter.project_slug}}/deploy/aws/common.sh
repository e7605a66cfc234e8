#!/bin/sh
# What the other scripts share. They run in the project's folder, for ENVIRONMENT.

project={{ cookiecutter.__aws_name }}
#% if cookiecutter.celery == "none"
services="web"
#% else
services="web worker beat"
#% endif
environments=deploy/terraform/aws/environments
export AWS_REGION="${AWS_REGION:-eu-central-1}" AWS_PAGER=
export AWS_DEFAULT_REGION="$AWS_REGION" # the only name that version 1 of the CLI knows

fail() { # what is wrong, how to mend it
    printf '%s\n' "$@" >&2
    exit 1
}

need() { # programs
    for program in "$@"; do
        command -v "$program" >/dev/null && continue
        case $program in
        aws) where=https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html ;;
        docker) where=https://docs.docker.com/engine/install/ ;;
        session-manager-plugin) where="AWS calls it the Session Manager plugin for the AWS CLI" ;;
        terraform) where=https://developer.hashicorp.com/terraform/install ;;
        *) where="the package $program" ;;
        esac
        fail "$program is not installed." "Install it: $where"
    done
}

choose_environment() {
    environment=${ENVIRONMENT:-staging}
    if [ ! -d "$environments/$environment" ]; then
        fail "There is no environment $environment." \
            "Name one that there is: ENVIRONMENT=... ($(cd "$environments" && echo *))"
    fi
    name=$project-$environment
}

log_in() {
    # shellcheck disable=SC2034 # by those who call this
    account=$(aws sts get-caller-identity --query Account --output text 2>/dev/null) ||
        fail "AWS doesn't know who you are." \
            "Log in (aws sso login), name a profile (AWS_PROFILE=...), or set keys."
}

# Terraform notes which providers it took, and each machine has to find the same: this one, and GitHub's.
initialize() { # folder of a root, perhaps options
    root=$1
    shift
    if [ ! -e "$root/.terraform.lock.hcl" ]; then
        terraform -chdir="$root" get >/dev/null
        terraform -chdir="$root" providers lock -platform=linux_amd64
    fi
    terraform -chdir="$root" init -input=false "$@"
}

find_cluster() {
    case $(aws ecs describe-clusters --clusters "$name" --query 'clusters[0].status' --output text) in
    ACTIVE) ;;
    *) fail "There is no cluster $name in $AWS_REGION." "Make it: make plan apply ENVIRONMENT=$environment" ;;
    esac
}

field() { # service, what to tell of it
    aws ecs describe-services --cluster "$name" --services "$1" --query "services[0].$2" --output text
}

has_image() { # tag
    [ "$(aws ecr batch-get-image --repository-name "$project" --image-ids "imageTag=$1" \
        --query 'length(images)' --output text)" = 1 ]
}

image_of() { # task definition
    aws ecs describe-task-definition --task-definition "$1" \
        --query 'taskDefinition.containerDefinitions[0].image' --output text
}

# Registers what each service is to run: what Terraform has configured last, with an image.
prepare() { # image
    for service in $services; do
        field "$service" taskDefinition >"$scratch/$service.before"
        register "$service" "$1" >"$scratch/$service.after"
    done
}

register() { # service, image: tells the ARN of the new revision
    aws ecs describe-task-definition --task-definition "$name-$1" --query taskDefinition --output json \
        >"$scratch/$1.last"
    jq --arg image "$2" '.containerDefinitions[0].image = $image | del(.taskDefinitionArn, .revision, .status,
        .requiresAttributes, .compatibilities, .registeredAt, .registeredBy)' \
        "$scratch/$1.last" >"$scratch/$1.next"
    aws ecs register-task-definition --cli-input-json "file://$scratch/$1.next" \
        --query taskDefinition.taskDefinitionArn --output text
}

update() { # service, task definition, perhaps an option
    aws ecs update-service --cluster "$name" --service "$1" --task-definition "$2" ${3:+"$3"} >/dev/null
}

forget() { # task definition
    aws ecs deregister-task-definition --task-definition "$1" >/dev/null
}

# Has all services run what is prepared; finish() undoes it where one of them doesn't come up.
roll_out() {
#% if cookiecutter.__database_pooling == "pgbouncer"
    # First, because the others connect to it, and as Terraform has configured it last.
    pgbouncer=$(aws ecs describe-task-definition --task-definition "$name-pgbouncer" \
        --query taskDefinition.taskDefinitionArn --output text)
    again= # Where that has failed before, ECS has to be told to try it once more.
    [ "$(field pgbouncer 'deployments[0].rolloutState')" != FAILED ] || again=--force-new-deployment
    update pgbouncer "$pgbouncer" "$again"
    come_up pgbouncer "$pgbouncer"
#% endif
    for service in $services; do
        update "$service" "$(cat "$scratch/$service.after")"
    done
    echo "Waiting until all of it runs ..."
    for service in $services; do
        come_up "$service" "$(cat "$scratch/$service.after")"
    done
    rm "$scratch"/*.after
}

# Waits until ECS has made up its mind about a deployment. `aws ecs wait services-stable` is content with a task
# that has only just started, and with what ECS has gone back to.
come_up() { # service, task definition
    for _ in $(seq 60); do
        sleep 15
        case $(field "$1" "deployments[?taskDefinition=='$2'] | [0].rolloutState") in
        COMPLETED) return ;;
        FAILED | None) break ;; # None: ECS has gone back already
        esac
    done
    field "$1" 'events[:3].[message]' >&2
    fail "$1 didn't come up, and so everything goes back to what ran before." \
        "Read why: aws logs tail /$name/$1 --since 30m --region $AWS_REGION"
}

# However a script ends: what was prepared and hasn't come up doesn't stay, and is never rolled back to.
finish() {
    set +e
    for service in $services; do
        [ -s "$scratch/$service.after" ] || continue
        after=$(cat "$scratch/$service.after")
        if [ "$(field "$service" taskDefinition)" = "$after" ]; then
            echo "$service goes back to what ran before." >&2
            update "$service" "$(cat "$scratch/$service.before")"
        fi
        forget "$after"
    done
    rm -r "$scratch"
}

scratch=$(mktemp -d)
trap finish EXIT
trap 'exit 1' INT TERM
