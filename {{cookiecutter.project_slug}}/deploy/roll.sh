#!/bin/sh
# Replace the web servers by new ones, while the site serves: the new ones start beside the old ones, which are
# stopped when nginx has found the new ones.
set -eu

old=$(docker compose ps --quiet web)
if [ -z "$old" ]; then
    echo "No web server runs that could be replaced. This starts all: docker compose up --detach --wait" >&2
    exit 1
fi
count=$(echo "$old" | grep -c .)
# One that has ended would be started again, and taken for a new one.
for ended in $(docker compose ps --all --quiet --status exited --status created --status dead web); do
    docker rm "$ended" >/dev/null
done
new() {
    docker compose ps --all --quiet web | grep -vxF "$old"
}
# Not by --wait, which asks the old ones too: a sick release could never be replaced.
start_new() {
    docker compose up --detach --no-deps --no-recreate --scale "web=$((count * 2))" web || return
    until=$(($(date +%s) + 180)) # one that ends and starts again and again is never said to be unhealthy
    while [ "$(docker ps --quiet --no-trunc --filter health=healthy | grep -cxF "$(new)")" != "$count" ]; do
        [ "$(date +%s)" -lt "$until" ] || return
        sleep 1
    done
}
if ! start_new; then
    for server in $(new); do
        docker logs --tail 20 "$server"
        docker rm --force "$server" >/dev/null
    done
    echo "The new web servers are not well, and removed; the old ones go on serving." >&2
    exit 1
fi
sleep 5 # nginx asks every 2 seconds who is there
for server in $old; do
    docker stop --time 30 "$server" >/dev/null
    docker rm "$server" >/dev/null
done
docker compose up --detach --no-deps --no-recreate --scale "web=$count" web
