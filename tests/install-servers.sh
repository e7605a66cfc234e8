#!/bin/sh
# Install what the proofs run beside Python's packages: servers, and a browser. Says what is missing where it can't.
set -eu

missing=""
need() { # command, its Debian package
    command -v "$1" >/dev/null || ls /usr/lib/postgresql/*/bin/"$1" >/dev/null 2>&1 || missing="$missing $2"
}
need postgres postgresql
need psql postgresql-client
need pgbouncer pgbouncer
need redis-server redis-server
need redis-cli redis-tools
need rabbitmq-server rabbitmq-server
need openssl openssl
need jq jq
need pebble pebble
need certbot certbot
need chromium chromium
need ssh openssh-client
need /usr/sbin/sshd openssh-server

[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "The proofs need these Debian packages, and only root can install them:$missing" >&2
    exit 1
fi
echo "Installing$missing ..."
apt-get -o Acquire::Retries=5 update -qq
DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=5 install -y -qq --no-install-recommends $missing >/dev/null
