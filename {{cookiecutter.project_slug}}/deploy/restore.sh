#!/bin/sh
# Bring a backup back, in place of what the stack has stored now.
set -eu

folder=${1:-}
if [ ! -e "$folder/database.dump" ]; then
    echo "Say which backup: make restore FROM=backups/..." >&2
    ls -d backups/*/ 2>/dev/null >&2 || echo "There is none yet: make backup" >&2
    exit 1
fi
# Nobody writes in the meantime. All of it is restored, or nothing.
#% if cookiecutter.celery == "none"
docker compose stop web
#% else
docker compose stop web worker beat
#% endif
docker compose exec -T postgres pg_restore --username app --dbname app --clean --if-exists --single-transaction \
    <"$folder/database.dump"
#% if cookiecutter.__static_media != "cdn"
docker compose run --rm --no-deps -T web sh -c 'find media -mindepth 1 -delete && tar -x -C media' <"$folder/media.tar"
#% endif
docker compose up --detach --wait
echo "Restored $folder."
