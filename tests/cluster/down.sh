#!/usr/bin/env bash
# Ends what up.sh started: the process ids in its folder, each only while it is still the program it was.
# With --purge the folder goes too.
set -euo pipefail
STATE=${LA2DS_CLUSTER_DIR:-/tmp/la2ds-cluster}

cancel_jobs() {
	[[ -f $STATE/slurm.conf ]] || return 0
	SLURM_CONF=$STATE/slurm.conf timeout -k 1 5 scancel --user root 2>/dev/null || true
}

is_alive() { [[ $(cat "/proc/$2/comm" 2>/dev/null) == "$1" ]]; }

stop() {
	local file=$STATE/run/$1.pid pid
	[[ -s $file ]] || return 0
	pid=$(<"$file")
	is_alive "$1" "$pid" && kill "$pid"
	for _ in {1..100}; do
		is_alive "$1" "$pid" || break
		sleep 0.1
	done
	is_alive "$1" "$pid" && kill -9 "$pid"
	rm -f "$file"
}

cancel_jobs
for daemon in slurmd slurmctld munged; do
	stop "$daemon"
done
# A folder of another kind is not ours to remove.
if [[ ${1:-} == --purge && -f $STATE/slurm.conf ]]; then
	rm -rf "$STATE"
fi
