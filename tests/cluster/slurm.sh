#!/usr/bin/env bash
# A SLURM on the hosts of hosts.sh from Debian's packages, without systemd and without cgroups: slurmctld, slurmdbd and MariaDB on
# ctl, slurmd on n1 to n4, nothing but munge on login. All they write lies in $LA2DS_CLUSTER_DIR.
#   slurm.sh up                        exit status 3: it cannot be had on this machine, for a reason that stands in the last line
#   slurm.sh boot HOST                 start a host with its daemons
#   slurm.sh stop_controller [none]    with `none` there is no accounting from now on
#   slurm.sh start_controller
#   slurm.sh down
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STATE=$LA2DS_CLUSTER_DIR
NODES=(n1 n2 n3 n4)
PACKAGES=(slurmctld slurmd slurmdbd slurm-client munge mariadb-server-core mariadb-client-core bindfs iproute2)

say() { printf 'cluster: %s\n' "$*" >&2; }

unavailable() {
	say "$*"
	exit 3
}

on() { "$HERE/hosts.sh" on "$@"; }

wait_for() {
	local what=$1
	for _ in {1..600}; do
		! "${@:2}" &>/dev/null || return 0
		sleep 0.2
	done
	tail -n 5 "$STATE"/log/*.log >&2
	say "waited in vain: $what"
	return 1
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
	install_quietly "${missing[@]}" || unavailable "apt-get could not install ${missing[*]} ($(tail -n 1 "$STATE/log/apt.log"))"
}

# A node claims two processors, a GPU and enough memory whatever the machine has: asking and waiting are what is tested, and
# without cgroups nobody holds a job to its share, but for its memory. A node that is not heard for 20 s is down. Finished jobs
# are remembered for ten minutes, because squeue is what Snakemake asks.
write_config() {
	cat >"$STATE/etc/slurm.conf" <<-CONF
		ClusterName=la2ds
		SlurmctldHost=ctl
		SlurmUser=root
		SlurmdUser=root
		AuthType=auth/munge
		CredType=cred/munge
		AuthInfo=socket=/run/munge.sock
		StateSaveLocation=$STATE/state
		SlurmdSpoolDir=/run/slurmd
		SlurmctldPidFile=/run/slurmctld.pid
		SlurmdPidFile=/run/slurmd.pid
		SlurmctldLogFile=$STATE/log/slurmctld.log
		SlurmdLogFile=$STATE/log/slurmd.%n.log
		SlurmdParameters=config_overrides
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		MpiDefault=none
		JobAcctGatherType=jobacct_gather/linux
		JobAcctGatherFrequency=task=2
		JobAcctGatherParams=OverMemoryKill
		AccountingStorageType=accounting_storage/slurmdbd
		AccountingStorageHost=ctl
		AccountingStoragePass=/run/munge.sock
		AccountingStorageEnforce=associations,limits
		JobCompType=jobcomp/filetxt
		JobCompLoc=$STATE/log/jobs.log
		SelectType=select/cons_tres
		SelectTypeParameters=CR_CPU_Memory
		SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
		SlurmdTimeout=20
		MessageTimeout=5
		KillWait=10
		ReturnToService=2
		MinJobAge=600
		PreemptType=preempt/partition_prio
		PreemptMode=REQUEUE
		GresTypes=gpu
		NodeName=n[1-4] CPUs=2 RealMemory=32000 Gres=gpu:1 State=UNKNOWN
		PartitionName=cpu Nodes=ALL Default=YES State=UP
		PartitionName=gpu Nodes=ALL State=UP
		PartitionName=urgent Nodes=ALL PriorityTier=10 State=UP
	CONF
	# Any device does for GPUs that nobody computes on.
	echo "NodeName=n[1-4] Name=gpu File=/dev/null" >"$STATE/etc/gres.conf"
	printf 'CgroupAutomount=no\nConstrainCores=no\nConstrainRAMSpace=no\n' >"$STATE/etc/cgroup.conf"
	(umask 077 && cat >"$STATE/etc/slurmdbd.conf") <<-CONF
		AuthType=auth/munge
		AuthInfo=socket=/run/munge.sock
		DbdHost=ctl
		SlurmUser=root
		StorageType=accounting_storage/mysql
		StorageHost=localhost
		StorageUser=root
		StorageLoc=slurm_acct_db
		LogFile=$STATE/log/slurmdbd.log
		PidFile=/run/slurmdbd.pid
	CONF
}

start_munged() {
	on "$1" munged --force --num-threads=2 --key-file="$STATE/munge/key" --socket=/run/munge.sock \
		--pid-file=/run/munged.pid --log-file=/run/munged.log --seed-file=/run/munged.seed 2>>"$STATE/log/munged.err"
}

sql() { on ctl mariadb --no-defaults --socket /run/mysql.sock --execute "$1"; }

start_accounting() {
	on ctl mariadb-install-db --no-defaults --datadir="$STATE/mysql" --user=root --auth-root-authentication-method=normal \
		--skip-test-db &>"$STATE/log/mysql.log"
	on ctl setsid mariadbd --no-defaults --user=root --datadir="$STATE/mysql" --socket=/run/mysql.sock --skip-networking \
		--innodb-buffer-pool-size=64M --innodb-lock-wait-timeout=900 &>>"$STATE/log/mysql.log" </dev/null &
	wait_for "MariaDB" sql "select 1"
	on ctl env MYSQL_UNIX_PORT=/run/mysql.sock slurmdbd
	wait_for "slurmdbd" on ctl sacctmgr --noheader show cluster
	on ctl sacctmgr --immediate --quiet add cluster la2ds >/dev/null
	on ctl sacctmgr --immediate --quiet add account lab cluster=la2ds >/dev/null
	on ctl sacctmgr --immediate --quiet add user root account=lab defaultaccount=lab >/dev/null ||
		on ctl sacctmgr --immediate --quiet modify user root set defaultaccount=lab >/dev/null
}

boot() {
	"$HERE/hosts.sh" boot "$1"
	start_munged "$1"
	[[ $1 != n* ]] || on "$1" slurmd -N "$1"
}

stop_controller() {
	[[ ${1:-} != none ]] || sed -i '/^Accounting/d' "$STATE/etc/slurm.conf"
	on ctl pkill --exact slurmctld
	while on ctl pgrep --exact slurmctld >/dev/null; do sleep 0.1; done
}

start_controller() {
	on ctl slurmctld
	wait_for "slurmctld" on ctl scontrol ping
}

are_idle() { [[ $(on ctl sinfo --noheader --partition cpu --states idle --format %D) == "${#NODES[@]}" ]]; }

check() {
	[[ $EUID == 0 ]] || unavailable "needs root to install and run SLURM's daemons"
	command -v apt-get >/dev/null || unavailable "needs apt-get to install SLURM"
	mkdir -p "$STATE"/{etc,hosts,log,munge,state}
	install_packages
	[[ -d /etc/slurm ]] || unavailable "expected SLURM's packages to have a folder /etc/slurm"
	unshare --net --uts --ipc --mount --pid --fork --mount-proc sh -c 'mount -t tmpfs run /run && ip link add n1 type veth peer name n2 &&
		ip link add switch type bridge' 2>>"$STATE/log/unshare.log" ||
		unavailable "may not make hosts of Linux namespaces here ($(tail -n 1 "$STATE/log/unshare.log"))"
}

up() {
	local host
	umask 022
	check
	chmod 700 "$STATE/munge"
	(umask 077 && head -c 1024 /dev/urandom >"$STATE/munge/key")
	write_config
	boot ctl
	start_accounting
	start_controller
	for host in login "${NODES[@]}"; do boot "$host"; done
	wait_for "idle nodes" are_idle
	say "up"
}

down() {
	local host
	for host in login "${NODES[@]}" ctl; do "$HERE/hosts.sh" off "$host"; done
}

"$@"
