#!/bin/sh
# Fills in the templates beside this file, in the working directory, and becomes PgBouncer.
set -eu
umask 077
for template in "${0%/*}"/*.template; do
    name=$(basename "$template" .template)
    eval "cat >$name <<END
$(cat "$template")
END"
done
exec pgbouncer pgbouncer.ini
