#!/bin/sh
# Bring this commit to a machine with Docker, over SSH, while the site there serves; or with `rollback`, the release
# before back. HOST says where, DOMAIN what a new site there is called, and DRY_RUN=1 prints what would be done.
set -eu

name={{ cookiecutter.project_slug }}
outcome="Nothing was changed there."
trap '[ $? = 0 ] || echo "Not done. $outcome" >&2' EXIT

fail() {
    echo "$1" >&2
    exit 1
}
run() {
    echo "@ $(date +%T) $1"
    [ -n "${DRY_RUN:-}" ] || eval "$1"
}
there() { # commands without single quotes, which run in the folder of the site
    run "ssh $HOST 'cd $name || exit; $1'"
}
# Where it doesn't, Compose may start and replace what it likes.
# shellcheck disable=SC2016
serves='[ -n "$(docker compose ps --quiet nginx)" ] && [ -n "$(docker compose ps --quiet web)" ]'
at_least() { # needed version, version
    [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}
find_docker() { # here and there
    docker version >/dev/null 2>&1 || fail "No Docker engine answers here: start it."
    ask='{{ '{{.Server.Version}} {{.Server.Os}}/{{.Server.Arch}}' }}'
    # shellcheck disable=SC2029
    found=$(ssh "$HOST" "docker version --format '$ask' && docker compose version --short") ||
        fail "$HOST doesn't let you in, or has no Docker with Compose (docs.docker.com/engine/install) that you may use
(there: sudo usermod --append --groups docker \$USER)."
    # shellcheck disable=SC2086
    set -- $found
    at_least 25 "$1" || fail "Docker $1 is on $HOST, and 25 is needed: update it there."
    at_least 2.20 "${3#v}" || fail "Compose $3 is on $HOST, and 2.20 is needed: update it there."
    platform=$2
}
# Processes run the image that is called latest, after a reboot too: it changes when the release is ready.
switch() { # tag of an image that is there, how `releases` changes, whose last line is the one that serves
    there "docker tag $name:$1 $name:latest"
    outcome="The old web servers go on serving; above is what the new ones said."
    there "[ -z \"\$(docker compose ps --quiet web)\" ] || deploy/roll.sh ||
    { docker tag $name:\$(tail -n 1 releases) $name:latest; exit 1; }"
    there "$2"
    outcome="Not all is healthy there. In ~/$name: docker compose ps --all, docker compose logs; or make rollback."
    # Compose's own --wait-timeout may end well where not all is. https://github.com/docker/compose/issues/14105
#% if cookiecutter.celery == "none"
    there "$serves || timeout 180 docker compose up --detach --wait"
#% else
    # All only where it is down: with a new migrate, Compose replaces what depends on it, nginx and web included.
    there "$serves && few=\"--no-deps worker beat\"
    timeout 180 docker compose up --detach --wait \$few"
#% endif
}

[ -n "${HOST:-}" ] || fail "Say where: make deploy HOST=ada@example.com"
platform=linux/amd64
[ -n "${DRY_RUN:-}" ] || find_docker

if [ "${1:-}" = rollback ]; then
    there "[ \$(wc -l <releases) -gt 1 ] || { echo There is no release before this one. >&2; exit 1; }"
    switch "\$(tail -n 2 releases | head -n 1)" "sed -i \\\$d releases"
    there "echo Back to \$(tail -n 1 releases). What migrations did to the database stays."
    exit
fi

[ -z "$(git status --porcelain 2>/dev/null)" ] || fail "Commit what git status shows, or stash it."
if [ -n "${DOMAIN:-}" ]; then
    run "ssh $HOST 'cd $name 2>/dev/null && [ -e .env ] || exit 0
[ \"\$(grep ^DOMAIN= .env | tail -n 1)\" = DOMAIN=$DOMAIN ] || {
    echo \"In ~/$name/.env there is another \$(grep ^DOMAIN= .env | tail -n 1): change that line, and then in ~/$name:\"
    echo \"docker compose up --detach --wait. Or deploy without DOMAIN.\"; exit 1; } >&2'"
fi
tag=$(git rev-parse --verify --quiet --short=12 HEAD 2>/dev/null || date -u +%Y%m%d%H%M%S)
run "docker build --platform $platform --tag $name:$tag ."
outcome="What ran before goes on as it was."
run "docker save $name:$tag | gzip --fast | ssh $HOST docker load"
run "tar -cf - compose.yaml deploy | ssh $HOST 'mkdir -p $name && tar -xf - -C $name'"
if [ -n "${DOMAIN:-}" ]; then
    there "[ -e .env ] || { deploy/env.sh && sed -i \"s/^DOMAIN=.*/DOMAIN=$DOMAIN/; s/^BIND=.*/BIND=0.0.0.0/; \
s/^HTTP_PORT=.*/HTTP_PORT=80/; s/^HTTPS_PORT=.*/HTTPS_PORT=443/\" .env && echo COMPOSE_PROFILES=certbot >>.env; }"
else
    there "[ -e .env ] || { deploy/env.sh
    echo \"For a site that others reach, set DOMAIN, BIND=0.0.0.0, HTTP_PORT=80, HTTPS_PORT=443 and COMPOSE_PROFILES=certbot\"
    echo \"in ~/$name/.env there.\"
    echo \"Then deploy again. With DOMAIN=... make deploy does it by itself on a new machine.\"; exit 1; } >&2"
fi
outcome="What ran before goes on as it was. Mend the migration and deploy again."
there "$serves && few=--no-deps
TAG=$tag docker compose run --rm \$few -T migrate"
switch "$tag" "touch releases && { grep -vx $tag releases; echo $tag; } >releases.new
tail -n 3 releases.new >releases && rm releases.new"
# What make rollback can bring back stays, and no other image of the site.
there "docker compose rm --force >/dev/null
for old in \$(docker image ls --format {{ '{{.Tag}}' }} $name | grep -vxF -e latest -f releases); do
    docker image rm $name:\$old >/dev/null || true
done
. ./.env && echo Release $tag serves on https://\$DOMAIN:\$HTTPS_PORT"
