#!/usr/bin/env bash
# Starts a SLURM of one node (munged, slurmctld, slurmd) from Debian's packages, without systemd and without cgroups.
# Keys, sockets, logs and process ids lie in one folder ($LA2DS_CLUSTER_DIR), and nothing listens beyond the loopback.
# A second call finds the daemons alive and does nothing. Afterwards: `. $LA2DS_CLUSTER_DIR/env.sh`; down.sh ends it.
# Exit status 3: it cannot be had on this machine, for a reason that stands in the last line.
set -euo pipefail
STATE=${LA2DS_CLUSTER_DIR:-/tmp/la2ds-cluster}
PACKAGES=(slurmctld slurmd slurm-client munge)
NODE=$(hostname -s)

say() { printf 'cluster: %s\n' "$*" >&2; }

unavailable() {
	say "$*"
	exit 3
}

is_installed() { dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

apt_install() {
	DEBIAN_FRONTEND=noninteractive apt-get install -y -q -o DPkg::Lock::Timeout=120 --no-install-recommends "$@" >>"$STATE/log/apt.log" 2>&1
}

# Debian starts what it installs, unless this file says no: ours are to be the only daemons.
install_quietly() {
	local policy=/usr/sbin/policy-rc.d made=false done=true
	if [[ ! -e $policy ]]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod +x "$policy"
		made=true
	fi
	apt_install "$@" || { apt-get update -q >>"$STATE/log/apt.log" 2>&1 && apt_install "$@"; } || done=false
	[[ $made == false ]] || rm -f "$policy"
	[[ $done == true ]]
}

install_packages() {
	local -a missing=()
	local package
	for package in "${PACKAGES[@]}"; do
		is_installed "$package" || missing+=("$package")
	done
	((${#missing[@]})) || return 0
	say "installing ${missing[*]}"
	install_quietly "${missing[@]}" || unavailable "apt-get could not install ${missing[*]}: see $STATE/log/apt.log"
}

# Three free ports, drawn once, so that two clusters can stand side by side.
draw_ports() {
	[[ -s $STATE/ports ]] || python3 - >"$STATE/ports" <<-'PYTHON'
		import socket
		sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
		print(*(s.getsockname()[1] for s in sockets))
	PYTHON
}

# The node claims two processors, two GPUs and enough memory whatever the machine has: asking and waiting are what is
# tested, and without cgroups nobody holds a job to its share. Finished jobs are remembered for ten minutes, because
# squeue is what Snakemake asks. A job's end is looked for every 30 seconds, which SLURM does not let us change.
write_config() {
	local control daemon
	read -r control daemon <"$STATE/ports"
	cat >"$STATE/slurm.conf" <<-CONF
		ClusterName=la2ds
		SlurmctldHost=$NODE(127.0.0.1)
		SlurmctldPort=$control
		SlurmdPort=$daemon
		CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
		SlurmUser=root
		SlurmdUser=root
		AuthType=auth/munge
		CredType=cred/munge
		AuthInfo=socket=$STATE/run/munge.sock
		StateSaveLocation=$STATE/state
		SlurmdSpoolDir=$STATE/spool
		SlurmctldPidFile=$STATE/run/slurmctld.pid
		SlurmdPidFile=$STATE/run/slurmd.pid
		SlurmctldLogFile=$STATE/log/slurmctld.log
		SlurmdLogFile=$STATE/log/slurmd.log
		SlurmdParameters=config_overrides
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		MpiDefault=none
		JobAcctGatherType=jobacct_gather/none
		AccountingStorageType=accounting_storage/none
		JobCompType=jobcomp/filetxt
		JobCompLoc=$STATE/log/jobs.log
		SelectType=select/cons_tres
		SelectTypeParameters=CR_CPU_Memory
		SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
		ReturnToService=2
		MinJobAge=600
		GresTypes=gpu
		NodeName=$NODE NodeAddr=127.0.0.1 CPUs=2 RealMemory=64000 Gres=gpu:2 State=UNKNOWN
		PartitionName=cpu Nodes=$NODE Default=YES MaxTime=INFINITE State=UP
		PartitionName=gpu Nodes=$NODE MaxTime=INFINITE State=UP
	CONF
	# Any two devices do for GPUs that nobody computes on.
	printf 'NodeName=%s Name=gpu File=/dev/null\nNodeName=%s Name=gpu File=/dev/zero\n' "$NODE" "$NODE" >"$STATE/gres.conf"
	printf 'CgroupAutomount=no\nConstrainCores=no\nConstrainRAMSpace=no\n' >"$STATE/cgroup.conf"
}

# Snakemake's jobstep plugin drops SLURM_CONF with all other SLURM_* before it calls srun; this one gives it back.
write_environment() {
	local real
	real=$(PATH=${PATH//"$STATE/bin:"/} command -v srun)
	printf '#!/bin/sh\nSLURM_CONF=%q exec %q "$@"\n' "$STATE/slurm.conf" "$real" >"$STATE/bin/srun"
	chmod +x "$STATE/bin/srun"
	printf 'export SLURM_CONF=%q PATH=%q:$PATH\n' "$STATE/slurm.conf" "$STATE/bin" >"$STATE/env.sh"
}

is_alive() {
	local pid
	pid=$(cat "$STATE/run/$1.pid" 2>/dev/null) && [[ $(cat "/proc/$pid/comm" 2>/dev/null) == "$1" ]]
}

start_daemons() {
	export SLURM_CONF=$STATE/slurm.conf
	is_alive munged || munged --force --num-threads=2 --key-file="$STATE/munge/key" --socket="$STATE/run/munge.sock" \
		--pid-file="$STATE/run/munged.pid" --log-file="$STATE/log/munged.log" --seed-file="$STATE/munge/seed" \
		2>>"$STATE/log/munged.err"
	is_alive slurmctld || slurmctld
	is_alive slurmd || slurmd -N "$NODE"
}

wait_for_node() {
	local state
	for _ in {1..300}; do
		state=$(SLURM_CONF=$STATE/slurm.conf sinfo --noheader --partition cpu --format %T 2>/dev/null || true)
		case $state in idle | mixed | allocated | completing) return 0 ;; esac
		sleep 0.1
	done
	tail -n 5 "$STATE"/log/*.log >&2
	say "expected the node to be idle after half a minute, found '${state:-no answer}'"
	return 1
}

[[ $EUID == 0 ]] || unavailable "needs root to install and run SLURM's daemons"
command -v apt-get >/dev/null || unavailable "needs apt-get to install SLURM"
umask 022
mkdir -p "$STATE"/{bin,log,munge,run,spool,state}
chmod 700 "$STATE/munge"
install_packages
[[ -s $STATE/munge/key ]] || (umask 077 && head -c 1024 /dev/urandom >"$STATE/munge/key")
draw_ports
if ! is_alive slurmctld; then
	write_config
	write_environment
fi
start_daemons
wait_for_node
say "up: . $STATE/env.sh"
