#!/bin/sh
# Bring a backup back, in place of what the stack has stored now.
set -eu

folder=${1:-}
folder=${folder%/}
fail() {
    echo "$1" >&2
    exit 1
}
case $folder in
'' | *.new)
    echo "Say which backup: deploy/restore.sh backups/..." >&2
    ls -d backups/*[0-9]/ >&2 2>/dev/null || echo "There is none yet: deploy/backup.sh" >&2
    exit 1
    ;;
esac
# All of it is there and can be read, or nothing is touched.
docker compose exec -T postgres pg_restore --file=/dev/null <"$folder/database.dump" ||
    fail "$folder/database.dump is no whole backup of a database."
#% if cookiecutter.__static_media != "cdn"
{ [ -s "$folder/media.tar" ] && tar -t <"$folder/media.tar" >/dev/null; } ||
    fail "$folder/media.tar is no whole backup of uploads."
#% endif
##%
# Nobody writes in the meantime.
#% if cookiecutter.celery == "none"
writers=web
#% else
writers="web worker beat"
#% endif
# shellcheck disable=SC2086 # several
trap 'docker compose up --detach --no-deps --no-recreate $writers; echo "Not restored: $folder." >&2' EXIT
trap 'exit 1' HUP INT TERM
# shellcheck disable=SC2086
docker compose stop $writers
# What is newer than the backup goes too, or migrations would find it there.
{
    echo 'BEGIN; DROP OWNED BY app;'
    docker compose exec -T postgres pg_restore --file=- <"$folder/database.dump" || echo 'It ends early;' # an error
    echo 'COMMIT;'
} | docker compose exec -T postgres psql --username app --quiet --output /dev/null --set ON_ERROR_STOP=1
#% if cookiecutter.__static_media != "cdn"
docker compose run --rm --no-deps -T web sh -c 'find media -mindepth 1 -delete && tar -x -C media' <"$folder/media.tar"
#% endif
trap - EXIT
docker compose up --detach --wait
echo "Restored $folder."
