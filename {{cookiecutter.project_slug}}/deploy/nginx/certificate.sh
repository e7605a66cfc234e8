#!/bin/sh
# Make a certificate that no browser trusts, for a machine of one's own, unless there is one.
set -eu

cd /certificates
[ ! -e site.pem ] || exit 0
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 825 \
    -subj "/CN=$ALLOWED_HOSTS" -addext "subjectAltName=DNS:$ALLOWED_HOSTS" -keyout site.key -out site.new
#% if cookiecutter.__database_pooling == "managed"
# PostgreSQL and its pooler read the same as user 70.
cp site.key database.key
chmod 600 database.key
chown 70 database.key
cp site.new database.pem
#% endif
chown 101 site.key # nginx reads it when somebody comes, and no more as root
mv site.new site.pem
