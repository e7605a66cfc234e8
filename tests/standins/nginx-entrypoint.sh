#!/bin/sh
# As the official image's scripts: templates with the values of variables, then /docker-entrypoint.d.
set -eu

fill_in_templates() {
    output=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}
    suffix=${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}
    [ -d "$1" ] || return 0
    if [ ! -w "$output" ]; then
        echo "$0: ERROR: $1 exists, but $output is not writable"
        return 0
    fi
    # shellcheck disable=SC2016
    names=$(printf '${%s} ' $(awk 'BEGIN { for (name in ENVIRON) if (name ~ ENVIRON["NGINX_ENVSUBST_FILTER"]) print name }'))
    find "$1" -follow -type f -name "*$suffix" | while read -r template; do
        filled="$output/${template#"$1"/}"
        filled=${filled%"$suffix"}
        mkdir -p "$(dirname "$filled")"
        envsubst "$names" < "$template" > "$filled"
    done
}

case "$1" in nginx | nginx-debug)
    if [ -n "${NGINX_ENTRYPOINT_LOCAL_RESOLVERS:-}" ]; then
        NGINX_LOCAL_RESOLVERS=$(awk '$1 == "nameserver" { print ($2 ~ ":") ? "[" $2 "]" : $2 }' /etc/resolv.conf | xargs)
        export NGINX_LOCAL_RESOLVERS
    fi
    for script in /docker-entrypoint.d/*.envsh; do
        [ ! -x "$script" ] || . "$script"
    done
    fill_in_templates "${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}"
    for script in /docker-entrypoint.d/*.sh; do
        [ ! -x "$script" ] || "$script"
    done
    ;;
esac
exec "$@"
