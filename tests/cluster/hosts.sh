#!/usr/bin/env bash
# Hosts on one machine. Each is a set of Linux namespaces with an address, a name, processes, a HOME and a /tmp of its own; what
# they share is the folder of the test and the repository. The host ctl holds the switch that joins them and leads nowhere else.
#   hosts.sh boot|off HOST        off is a power cut: all that runs there is gone at once
#   hosts.sh plug|unplug HOST     an unplugged host computes on and is not heard
#   hosts.sh on HOST COMMAND...   in the folder one is in
# LA2DS_CLUSTER_DIR is the folder of SLURM and of what is noted of hosts, LA2DS_CLUSTER_SHARED are the folders that all hosts see,
# separated by colons. LA2DS_CLUSTER_LATE is a folder of them in which login sees what other hosts made up to 10 s late, as on
# NFS with cached attributes.
set -euo pipefail
STATE=$LA2DS_CLUSTER_DIR
HOSTS=(ctl login n1 n2 n3 n4)
ME=$(readlink -f "${BASH_SOURCE[0]}")
NAMESPACES=(--net --uts --ipc --mount --pid)

address() {
	local n
	for n in "${!HOSTS[@]}"; do
		[[ ${HOSTS[n]} != "$1" ]] || echo "10.77.0.$((n + 1))"
	done
}

# A host's first process, as seen from outside; fails where the host is off.
pid_of() {
	local pid
	pid=$(cat "$STATE/hosts/$1.pid" 2>/dev/null) || return 1
	tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -q "init_host $1 " && echo "$pid"
}

share() {
	mkdir -p "/run$1"
	mount --bind "$1" "/run$1"
}

# What the first process of a host does: it dresses the host, and then buries orphans.
init_host() {
	local folder host
	local -a shared
	hostname "$1"
	mount --make-rprivate /
	ip link set lo up
	mount -t tmpfs run /run
	mkdir -m 1777 /run/tmp
	echo "127.0.0.1 localhost" >/run/hosts
	for host in "${HOSTS[@]}"; do echo "$(address "$host") $host" >>/run/hosts; done
	mount --bind /run/hosts /etc/hosts
	mount --bind "$STATE/etc" /etc/slurm
	IFS=: read -ra shared <<<"$LA2DS_CLUSTER_SHARED"
	for folder in "${shared[@]}"; do
		[[ $folder != /tmp/* ]] || share "$folder"
	done
	mount --rbind /run/tmp /tmp
	if [[ $1 == login && -n ${LA2DS_CLUSTER_LATE:-} ]]; then
		bindfs -o attr_timeout=10,entry_timeout=10,negative_timeout=10 "$LA2DS_CLUSTER_LATE" "$LA2DS_CLUSTER_LATE"
	fi
	touch "$STATE/hosts/$1.ready"
	while :; do
		sleep 3600 &
		wait $! || true
	done
}

boot() {
	local outer
	pid_of "$1" >/dev/null && return
	rm -f "$STATE/hosts/$1.ready"
	setsid unshare "${NAMESPACES[@]}" --fork --kill-child --mount-proc "$ME" init_host "$1" >"$STATE/log/$1.log" 2>&1 </dev/null &
	outer=$!
	for _ in {1..300}; do
		if [[ -e $STATE/hosts/$1.ready ]] || ! kill -0 "$outer" 2>/dev/null; then break; fi
		sleep 0.1
	done
	[[ -e $STATE/hosts/$1.ready ]] || {
		cat "$STATE/log/$1.log" >&2
		echo "hosts: $1 did not start" >&2
		return 1
	}
	pgrep -P "$outer" >"$STATE/hosts/$1.pid"
	connect "$1"
}

in_net_of() {
	local pid
	pid=$(pid_of "$1")
	nsenter -t "$pid" --net "${@:2}"
}

connect() {
	local pid device=eth0
	if [[ $1 == ctl ]]; then
		device=switch
		in_net_of ctl ip link add switch type bridge
	else
		pid=$(pid_of "$1")
		in_net_of ctl ip link add "$1" type veth peer name eth0 netns "$pid"
		in_net_of ctl ip link set "$1" master switch up
	fi
	in_net_of "$1" ip addr add "$(address "$1")/24" dev "$device"
	in_net_of "$1" ip link set "$device" up
}

off() {
	local pid
	pid=$(pid_of "$1") || return 0
	kill -9 "$pid"
	while pid_of "$1" >/dev/null; do sleep 0.1; done
	# The kernel takes the cable away, but not at once.
	[[ $1 == ctl ]] || in_net_of ctl ip link del "$1" 2>/dev/null || true
}

on() {
	local pid
	pid=$(pid_of "$1") || {
		echo "hosts: $1 is off" >&2
		return 1
	}
	# shellcheck disable=SC2016
	exec nsenter -t "$pid" "${NAMESPACES[@]}" env HOME=/run/home sh -c 'mkdir -p "$HOME" && cd "$0" && exec "$@"' "$PWD" "${@:2}"
}

case $1 in
boot | off | on | init_host) "$@" ;;
plug) in_net_of ctl ip link set "$2" up ;;
unplug) in_net_of ctl ip link set "$2" down ;;
*) sed -n '2,9p' "$ME" >&2 && exit 2 ;;
esac
