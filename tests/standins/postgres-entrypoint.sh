#!/bin/bash
# Initialise an empty data folder as the official image documents it, then become the server.
set -Eeuo pipefail

[[ "$1" != -* ]] || set -- postgres "$@"
[ "$1" = postgres ] || exec "$@"

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chown -R postgres "$PGDATA" /var/run/postgresql
    chmod 700 "$PGDATA"
    exec /usr/bin/setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

value_of() { # NAME or the content of the file that NAME_FILE names, or else a default
    local file="$1_FILE"
    if [ -n "${!file:-}" ]; then cat "${!file}"; else printf %s "${!1:-${2:-}}"; fi
}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    password=$(value_of POSTGRES_PASSWORD)
    user=$(value_of POSTGRES_USER postgres)
    database=$(value_of POSTGRES_DB "$user")
    if [ -z "$password" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
        echo >&2 "Error: Database is uninitialized and superuser password is not specified."
        exit 1
    fi
    # shellcheck disable=SC2086
    initdb --username="$user" --pwfile=<(printf '%s\n' "$password") ${POSTGRES_INITDB_ARGS:-}
    # Tests lose no power, and share a disk with others.
    echo "fsync = off" >> "$PGDATA/postgresql.conf"
    printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >> "$PGDATA/pg_hba.conf"
    export PGUSER="$user" PGDATABASE="$database"
    # Not reachable over the network until everything is there.
    pg_ctl --wait start --options "-c listen_addresses=''"
    [ "$database" = postgres ] || createdb --maintenance-db=postgres "$database"
    for file in /docker-entrypoint-initdb.d/*; do
        case "$file" in
            *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
            *.sql) psql --no-psqlrc --no-password -v ON_ERROR_STOP=1 --file "$file" ;;
            *.sql.gz) gunzip -c "$file" | psql --no-psqlrc --no-password -v ON_ERROR_STOP=1 ;;
        esac
    done
    pg_ctl --mode=fast --wait stop
    unset PGUSER PGDATABASE
    echo "PostgreSQL init process complete; ready for start up."
fi
exec "$@"
