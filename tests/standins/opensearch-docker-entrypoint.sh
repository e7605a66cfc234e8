#!/bin/sh
# Insist on what a single OpenSearch without its security plugin insists on, then serve the contract of it that
# rendered projects use. There is no TLS here, and no credentials are asked for.
set -eu

if [ "${DISABLE_SECURITY_PLUGIN:-}" != true ]; then
    echo >&2 "This stand-in knows OpenSearch only with DISABLE_SECURITY_PLUGIN=true."
    exit 1
fi
# dash passes no variable on whose name has a dot.
if ! tr '\0' '\n' < /proc/$$/environ | grep -qx discovery.type=single-node; then
    echo >&2 "bootstrap checks failed: without discovery.type=single-node, a cluster is waited for."
    exit 1
fi
[ "$1" != opensearch ] || set -- python3 opensearch.py 9200
exec "$@"
