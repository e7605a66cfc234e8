#!/bin/sh
# Copies the primary once, and becomes a replica that follows it.
set -eu
if [ ! -d "$PGDATA" ]; then
    rm -rf "$PGDATA.unfinished"
    pg_basebackup --pgdata="$PGDATA.unfinished" --write-recovery-conf --checkpoint=fast
    mv "$PGDATA.unfinished" "$PGDATA"
fi
exec "$@"
