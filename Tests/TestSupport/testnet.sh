#!/usr/bin/env bash
# Networks on one machine, of hosts in network namespaces. Stands as long as standard input is open. Needs root, iproute2,
# and for NATs nftables.
#
#   testnet.sh PREFIX lan               hosts a and b on switch w (ports aeth0, beth0): 10.81.0.1 and 10.81.0.2, fd81::1 and fd81::2
#   testnet.sh PREFIX nats KIND KIND    a (10.1.0.2) and b (10.2.0.2) behind NATs of their own with 203.0.113.1 and .2, and
#                                       host s, 203.0.113.9, in the open. KIND: cone keeps the port that a socket once got,
#                                       whoever it talks to; symmetric takes another at random for each destination
#
# Host K is the namespace PREFIXK. Says 'up', then reads lines 'K COMMAND', runs each on that host and says 'done STATUS'.
set -u
prefix=$1 kind=$2
hosts=()

host() { ip netns add "$prefix$1" && hosts+=("$1") && ip -n "$prefix$1" link set lo up; }
on() { ip netns exec "$prefix$1" "${@:2}"; }

# cable K NAME M: joins host K's interface NAME to switch M.
cable() {
    ip -n "$prefix$1" link add "$2" type veth peer name "$1$2" netns "$prefix$3" &&
        ip -n "$prefix$3" link set "$1$2" master br0 up
    ip -n "$prefix$1" link set "$2" up
}

switch() { host "$1" && ip -n "$prefix$1" link add br0 type bridge && ip -n "$prefix$1" link set br0 up; }

# nat K R N KIND: host K behind router R, whose address in the open is 203.0.113.N.
nat() {
    host "$1" && host "$2"
    ip -n "$prefix$1" link add eth0 type veth peer name in0 netns "$prefix$2"
    ip -n "$prefix$1" addr add "10.$3.0.2/24" dev eth0 && ip -n "$prefix$1" link set eth0 up
    ip -n "$prefix$1" route add default via "10.$3.0.1" 2>/dev/null
    ip -n "$prefix$2" addr add "10.$3.0.1/24" dev in0 && ip -n "$prefix$2" link set in0 up
    ip -n "$prefix$1" route replace default via "10.$3.0.1"
    cable "$2" out0 w && ip -n "$prefix$2" addr add "203.0.113.$3/24" dev out0
    on "$2" sysctl -qw net.ipv4.ip_forward=1
    local how=
    [ "$4" = symmetric ] && how=' random,fully-random'
    # Nothing comes in that was not asked for, as with any home router; nor may it take the port of what goes out later.
    on "$2" nft -f - <<NFT
table ip nat { chain out { type nat hook postrouting priority srcnat; oifname "out0" masquerade$how; }; }
table ip guard { chain in { type filter hook forward priority filter; iifname "out0" ct state new drop; }
                 chain own { type filter hook input priority filter; iifname "out0" ct state new drop; }; }
NFT
}

trap 'for h in "${hosts[@]}"; do ip netns del "$prefix$h"; done' EXIT
case $kind in
lan)
    switch w
    for k in 1 2; do
        name=$(echo ab | cut -c$k)
        host "$name" && cable "$name" eth0 w
        on "$name" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.eth0.accept_dad=0
        ip -n "$prefix$name" addr add "10.81.0.$k/24" dev eth0
        ip -n "$prefix$name" addr add "fd81::$k/64" dev eth0 nodad
    done
    ;;
nats)
    switch w && host s && cable s eth0 w && ip -n "${prefix}s" addr add 203.0.113.9/24 dev eth0
    # What is for nowhere vanishes, as in the open: coturn ends a session for which the system says 'no route'.
    ip -n "${prefix}s" link add void arp off type veth peer name nowhere
    ip -n "${prefix}s" link set nowhere up && ip -n "${prefix}s" link set void up
    ip -n "${prefix}s" route add default dev void
    nat a ra 1 "$3" && nat b rb 2 "$4"
    ;;
*) sed -n 2,12p "$0" >&2; exit 2 ;;
esac
echo up
while read -r name command; do
    on "$name" sh -c "$command" </dev/null >&2
    echo "done $?"
done
