#!/bin/sh
# Save what the stack has stored to a new folder in backups/.
set -eu

folder=backups/$(date +%Y-%m-%d-%H%M%S)
umask 077
mkdir -p "$folder.new"
docker compose exec -T postgres pg_dump --username app --format custom app >"$folder.new/database.dump"
#% if cookiecutter.__static_media != "cdn"
docker compose exec -T web tar -c -C media . >"$folder.new/media.tar"
#% endif
# Only a complete one gets its name.
mv "$folder.new" "$folder"
echo "Saved to $folder. Bring it back with: make restore FROM=$folder"
