#!/bin/sh
# As the official image: options and *.conf go to valkey-server, which runs as its own user, unprotected.
set -eu

case "$1" in -* | *.conf) set -- valkey-server "$@" ;; esac
if [ "$1" = valkey-server ]; then
    if [ "$(id -u)" = 0 ]; then
        find . ! -user valkey -exec chown valkey {} +
        exec /usr/bin/setpriv --reuid=valkey --regid=valkey --clear-groups "$0" "$@"
    fi
    if [ ! -w . ]; then
        echo >&2 "error: directory is not writable by current user ($(id -u))"
        exit 1
    fi
    # Its build has this as the default.
    case " $* " in *" --protected-mode "*) ;; *) set -- "$@" --protected-mode no ;; esac
fi
umask 0077
# shellcheck disable=SC2086
exec "$@" ${VALKEY_EXTRA_FLAGS:-}
