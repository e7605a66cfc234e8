#!/bin/sh
# As edoburu/pgbouncer: pgbouncer.ini from variables, and DB_USER with DB_PASSWORD in the list of users, where they
# don't exist.
set -eu

ini=/etc/pgbouncer/pgbouncer.ini
users=${AUTH_FILE:-/etc/pgbouncer/userlist.txt}
[ -e "$users" ] || touch "$users"
if [ -n "${DB_USER:-}" ] && [ -n "${DB_PASSWORD:-}" ] && ! grep -q "^\"$DB_USER\"" "$users"; then
    echo "\"$DB_USER\" \"$DB_PASSWORD\"" >> /etc/pgbouncer/userlist.txt
fi
if [ ! -f "$ini" ]; then
    settings="AUTH_HBA_FILE AUTH_USER AUTH_QUERY POOL_MODE MAX_CLIENT_CONN DEFAULT_POOL_SIZE MIN_POOL_SIZE
        RESERVE_POOL_SIZE RESERVE_POOL_TIMEOUT MAX_DB_CONNECTIONS MAX_USER_CONNECTIONS MAX_PREPARED_STATEMENTS
        LOG_CONNECTIONS LOG_DISCONNECTIONS LOG_POOLER_ERRORS LOG_STATS STATS_PERIOD STATS_USERS
        SERVER_RESET_QUERY SERVER_CHECK_DELAY SERVER_LIFETIME SERVER_IDLE_TIMEOUT SERVER_CONNECT_TIMEOUT
        SERVER_LOGIN_RETRY CLIENT_LOGIN_TIMEOUT DNS_MAX_TTL CLIENT_TLS_SSLMODE CLIENT_TLS_KEY_FILE
        CLIENT_TLS_CERT_FILE CLIENT_TLS_CA_FILE CLIENT_TLS_PROTOCOLS SERVER_TLS_SSLMODE SERVER_TLS_CA_FILE
        SERVER_TLS_KEY_FILE SERVER_TLS_CERT_FILE QUERY_TIMEOUT QUERY_WAIT_TIMEOUT CLIENT_IDLE_TIMEOUT
        IDLE_TRANSACTION_TIMEOUT TCP_KEEPALIVE TCP_KEEPIDLE TCP_KEEPINTVL"
    {
        echo "[databases]"
        echo "${DB_NAME:-*} = host=${DB_HOST:?} port=${DB_PORT:-5432} auth_user=${DB_USER:-postgres}"
        echo "[pgbouncer]"
        echo "listen_addr = ${LISTEN_ADDR:-0.0.0.0}"
        echo "listen_port = ${LISTEN_PORT:-5432}"
        echo "unix_socket_dir ="
        echo "user = postgres"
        echo "auth_file = $users"
        echo "auth_type = ${AUTH_TYPE:-md5}"
        echo "ignore_startup_parameters = ${IGNORE_STARTUP_PARAMETERS:-extra_float_digits}"
        echo "admin_users = ${ADMIN_USERS:-postgres}"
        for name in $settings; do
            value=$(printenv "$name" || true)
            [ -z "$value" ] || echo "$name = $value" | awk '{ $1 = tolower($1); print }'
        done
    } > "$ini"
fi
exec "$@"
