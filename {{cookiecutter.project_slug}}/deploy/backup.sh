#!/bin/sh
# Save what the stack has stored to a new folder in backups/.
set -eu

folder=backups/$(date +%Y-%m-%d-%H%M%S)
umask 077
mkdir -p "$folder.new"
trap 'rm -rf "$folder.new"' EXIT
trap 'exit 1' HUP INT TERM
docker compose exec -T postgres pg_dump --username app --format custom app >"$folder.new/database.dump"
#% if cookiecutter.__static_media != "cdn"
# The 1 of tar means that files came or went in the meantime, as uploads do. All that the database names were there.
docker compose exec -T web sh -c 'tar -c -C media . || [ $? = 1 ]' >"$folder.new/media.tar"
#% endif
# Only a complete one gets its name.
mv "$folder.new" "$folder"
echo "Saved to $folder. Bring it back with: deploy/restore.sh $folder"
