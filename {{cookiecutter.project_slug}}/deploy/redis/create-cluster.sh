#!/bin/sh
# Makes a cluster of the nodes that it is given, unless they are one. REDISCLI_AUTH is their password.
set -eu

address() {
    getent hosts "$1" | cut -d ' ' -f 1
}

some_are_new() {
    for node in "$@"; do
        valkey-cli -h "$node" CLUSTER INFO | grep -q cluster_known_nodes:1 && return
    done
    return 1
}

# All may have other addresses than before, and then none finds another. Nor does one know its own.
introduce() {
    for node in "$@"; do
        for other in "$@"; do
            [ "$node" = "$other" ] || valkey-cli -h "$node" CLUSTER MEET "$(address "$other")" 6379
        done
    done
}

# Not by its state, which a node takes for well when it has just started.
is_whole() {
    for node in "$@"; do
        for other in "$@"; do
            known="$(valkey-cli -h "$other" CLUSTER MYID) $(address "$other")"
            valkey-cli -h "$node" CLUSTER NODES | grep -q "^$known:.* connected [0-9]" || return 1
        done
    done
}

becomes_whole() { # tries, nodes
    tries=$1
    shift
    introduce "$@"
    for _ in $(seq "$tries"); do
        is_whole "$@" && return
        sleep 1
    done
    return 1
}

if some_are_new "$@" || ! becomes_whole 5 "$@"; then
    # Begin anew: nothing in it is meant to last.
    addresses=
    for node in "$@"; do
        valkey-cli -h "$node" FLUSHALL
        valkey-cli -h "$node" CLUSTER RESET HARD
        addresses="$addresses $node:6379"
    done
    # shellcheck disable=SC2086 # several
    valkey-cli --cluster create $addresses --cluster-yes
    becomes_whole 60 "$@"
fi
