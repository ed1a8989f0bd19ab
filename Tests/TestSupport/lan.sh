#!/usr/bin/env bash
# A LAN on one machine, for tests of mDNS: hosts in network namespaces on one switch, each with a name of its own, a /run
# of its own, and so a dbus-daemon and an avahi-daemon of its own. Needs root, iproute2, dbus and avahi-daemon.
#
#   lan.sh up N           hosts lan1 to lanN with the addresses 10.80.0.1 to 10.80.0.N; mDNS answers about a second later
#   lan.sh run K CMD...   runs CMD on host K; the file system is shared, but for /run
#   lan.sh cut K          pulls host K's cable
#   lan.sh heal K         plugs it in again
#   lan.sh down           ends the hosts' daemons, by their ids, and removes everything
#
# LAN_STATE names the directory that remembers it all, so that two LANs can stand at once with LAN_PREFIX set too.
set -u
state=${LAN_STATE:-${TMPDIR:-/tmp}/swift-webrtc-lan}
prefix=${LAN_PREFIX:-lan}
switch=${prefix}switch

on_host() { nsenter --target "$(cat "$state/$1.host")" --net --mount --uts -- "${@:2}"; }

# The host is a process that holds its namespaces open; everything on it is reached through that process.
start_host() {
    local k=$1 name=$prefix$1
    ip netns add "$name"
    ip link add "$name" type veth peer name "port$name"
    ip link set "port$name" netns "$switch" && ip -n "$switch" link set "port$name" master br0 up
    ip link set "$name" netns "$name"
    ip -n "$name" link set lo up
    ip -n "$name" addr add "10.80.0.$k/24" dev "$name"
    ip -n "$name" link set "$name" up
    ip -n "$name" route add 224.0.0.0/4 dev "$name"
    ip netns exec "$name" unshare --mount --uts --propagation private sleep infinity </dev/null >/dev/null 2>&1 &
    echo $! >"$state/$k.host"
    # It is ready when its mount namespace is no longer ours.
    until [ "$(readlink "/proc/$!/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ] &&
        [ "$(cat "/proc/$!/comm")" = sleep ]; do sleep 0.02; done
    on_host "$k" bash -c "
        hostname '$name' && mount -t tmpfs tmpfs /run && mkdir -p /run/dbus /run/avahi-daemon
        dbus-daemon --system --fork --print-pid >'$state/$k.dbus'
        avahi-daemon -D --no-drop-root --no-chroot --no-rlimits
        cat /run/avahi-daemon/pid >'$state/$k.avahi'" 2>/dev/null
}

case "${1:-}" in
up)
    count=${2:?how many hosts}
    [ -e "$state" ] && { echo "lan: $state is there already; 'lan.sh down' first" >&2; exit 1; }
    mkdir -p "$state"
    ip netns add "$switch" && ip -n "$switch" link add br0 type bridge && ip -n "$switch" link set br0 up || exit 1
    for k in $(seq "$count"); do start_host "$k"; done
    ;;
run) on_host "$2" "${@:3}" ;;
cut) ip -n "$switch" link set "port$prefix$2" down ;;
heal) ip -n "$switch" link set "port$prefix$2" up ;;
down)
    # Not SIGTERM: whoever starts this may block it, dbus-daemon inherits that, and would stay. Nothing of them is kept.
    for kind in avahi dbus host; do
        for file in "$state"/*."$kind"; do [ -s "$file" ] && kill -KILL "$(cat "$file")" 2>/dev/null; done
    done
    for file in "$state"/*.host; do ip netns del "$prefix$(basename "$file" .host)" 2>/dev/null; done
    ip netns del "$switch" 2>/dev/null
    rm -rf "$state"
    ;;
*) sed -n 2,11p "$0" >&2; exit 2 ;;
esac
