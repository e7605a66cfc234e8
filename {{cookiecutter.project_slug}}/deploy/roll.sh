#!/bin/sh
# Replace the web servers by new ones, while the site serves: the new ones start beside the old ones, which are
# stopped when nginx has found the new ones.
set -eu

old=$(docker compose ps --quiet web)
count=$(echo "$old" | wc -l)
# One that ends and starts again and again is never said to be unhealthy.
if ! docker compose up --detach --no-deps --no-recreate --wait --wait-timeout 180 --scale "web=$((count * 2))" web; then
    for server in $(docker compose ps --all --quiet web | grep -vxF "$old"); do
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
