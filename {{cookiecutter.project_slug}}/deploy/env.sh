#!/bin/sh
# Write .env for compose.yaml, with secrets of its own, unless there is one: it is never overwritten.
set -eu

[ ! -e .env ] || exit 0
if docker volume inspect {{ cookiecutter.project_slug }}_postgres >/dev/null 2>&1; then
    echo "There is a database whose password was in .env, which is gone. Bring .env back, or remove the database:" >&2
    echo "    docker volume rm {{ cookiecutter.project_slug }}_postgres" >&2
    exit 1
fi
secret() { # length
    LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | head -c "$1"
}
umask 077
cat >.env.new <<END
# What Compose and the project read on this machine. Optional variables of .env.example can be added.

# Where the site is reached: https://DOMAIN:HTTPS_PORT, on the addresses that BIND names.
DOMAIN=localhost
BIND=127.0.0.1
HTTP_PORT=8080
HTTPS_PORT=8443

SECRET_KEY=$(secret 60)
DATABASE_PASSWORD=$(secret 30)
REDIS_PASSWORD=$(secret 30)
#% if cookiecutter.__broker == "rabbitmq"
RABBITMQ_PASSWORD=$(secret 30)
#% endif
END
mv .env.new .env
echo "Wrote .env with new secrets. Keep it: the database is made with its password."
