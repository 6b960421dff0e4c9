#!/usr/bin/env bash
# A small study on a real SLURM of several hosts, with everything happening to it that happens on clusters, against the same
# study made here. Says "skipped" where SLURM cannot be had.
#   LA2DS_CLUSTER_LIMIT  seconds that each of the two may take; default: 1000
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPOSITORY=$(cd "$HERE/../.." && pwd)
BIN=$REPOSITORY/.venv/bin
WORK=$(mktemp -d "${TMPDIR:-/tmp}/la2ds-cluster.XXXXXX")
export LA2DS_CLUSTER_DIR=$WORK/slurm LA2DS_CLUSTER_SHARED=$WORK:$REPOSITORY LA2DS_CLUSTER_LATE=$WORK/cluster
export LA2DS_CLUSTER_LIMIT=${LA2DS_CLUSTER_LIMIT:-1000} LA2DS_GPU_PARTITION=gpu
# Threads add numbers up in other orders, and the tables are compared to the last digit.
export OMP_NUM_THREADS=1 MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true
children=()

say() { printf 'test-cluster: %s\n' "$*" >&2; }

tidy() {
	local status=$?
	((${#children[@]} == 0)) || kill "${children[@]}" 2>/dev/null || true
	"$HERE/slurm.sh" down
	if ((status == 0)); then
		rm -rf "$WORK"
	else
		say "failed; logs are in $WORK"
	fi
}

# Of the working tree, and without its results.
copy_repository() {
	mkdir -p "$1"
	(cd "$REPOSITORY" && cp -a Snakefile config envs la2ds profiles slurm workflow "$1/")
	"$BIN/python" "$HERE/study.py" "$1"
}

start_cluster() {
	local status=0 message
	message=$("$HERE/slurm.sh" up 2>&1) || status=$?
	say "${message##*$'\n'}"
	if ((status == 3)); then
		say "skipped: ${message##*cluster: }"
		exit 0
	fi
	((status == 0)) || exit "$status"
}

run_locally() {
	cd "$WORK/local"
	exec timeout -k 30 "$LA2DS_CLUSTER_LIMIT" "$BIN/snakemake" all_tables --cores 2 &>snakemake.log
}

run_on_cluster() {
	cp "$HERE/faults.py" "$WORK/cluster/sitecustomize.py"
	"$BIN/python" "$HERE/play.py" "$WORK/cluster" "$BIN/snakemake"
}

show_log() {
	tail -n 40 "$WORK/$1/snakemake.log" >&2
	return 1
}

trap tidy EXIT
mkdir "$WORK/cluster"
start_cluster
copy_repository "$WORK/local"
copy_repository "$WORK/cluster"
say "the study on the cluster, and beside it the same one here"
run_locally &
children+=("$!")
run_on_cluster || show_log cluster
wait "${children[0]}" || show_log local
children=()
"$BIN/python" "$HERE/compare.py" "$WORK/local" "$WORK/cluster"
say "the same tables, after $SECONDS s"
