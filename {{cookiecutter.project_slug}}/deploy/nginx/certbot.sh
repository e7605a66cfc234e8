#!/bin/sh
# Get a certificate for DOMAIN from Let's Encrypt, which asks nginx for a file of certbot's, and renew it in time.
# nginx shows a new one within a minute.
set -eu

folder=${CERTBOT_FOLDER:-/etc/letsencrypt}
cd "${CERTIFICATES:-/certificates}"
umask 022
while :; do
    certbot certonly --non-interactive --agree-tos --register-unsafely-without-email --keep-until-expiring \
        --server "$ACME_SERVER" --webroot --webroot-path "$ACME_ROOT" --domain "$DOMAIN" \
        --config-dir "$folder" --work-dir "$folder/work" --logs-dir "$folder/logs" ||
        echo "nginx keeps the certificate that it has. certbot tries again in 12 hours, or when it is restarted." >&2
    newest=$folder/live/$DOMAIN
    if [ -e "$newest/fullchain.pem" ] && ! cmp -s "$newest/fullchain.pem" site.pem; then
        cp -L "$newest/fullchain.pem" site.pem.new
        (umask 077 && cp -L "$newest/privkey.pem" site.key.new)
        chown 101 site.key.new # as certificate.sh does
        mv site.key.new site.key
        mv site.pem.new site.pem
    fi
    sleep 12h
done
