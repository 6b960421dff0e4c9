#!/usr/bin/env bash
# A small study on a real SLURM of one node, with everything happening to it that happens on clusters, against the same
# study made here. Says "skipped" where SLURM cannot be had.
#   LA2DS_CLUSTER_LIMIT  seconds that each of the two may take; default: 800
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPOSITORY=$HERE/../..
BIN=$(cd "$REPOSITORY/.venv/bin" && pwd)
WORK=$(mktemp -d "${TMPDIR:-/tmp}/la2ds-cluster.XXXXXX")
export LA2DS_CLUSTER_DIR=$WORK/slurm LA2DS_GPU_PARTITION=gpu
# Threads add numbers up in other orders, and the tables are compared to the last digit.
export OMP_NUM_THREADS=1 MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true
LIMIT=${LA2DS_CLUSTER_LIMIT:-800}
children=()

say() { printf 'test-cluster: %s\n' "$*" >&2; }

tidy() {
	local status=$?
	((${#children[@]} == 0)) || kill "${children[@]}" 2>/dev/null || true
	"$HERE/down.sh"
	if ((status == 0)); then
		rm -rf "$WORK"
	else
		say "failed; logs are in $WORK"
	fi
}

# Of the working tree, and without its results.
copy_repository() {
	mkdir "$1"
	(cd "$REPOSITORY" && cp -a Snakefile config envs la2ds profiles slurm workflow "$1/")
	"$BIN/python" "$HERE/study.py" "$1"
}

snakemake_in() {
	local copy=$1 seconds=$2
	shift 2
	(cd "$copy" && exec timeout -k 30 "$seconds" "$BIN/snakemake" "$@" &>>snakemake.log) || {
		tail -n 40 "$copy/snakemake.log" >&2
		return 1
	}
}

start_cluster() {
	local status=0 message
	message=$("$HERE/up.sh" 2>&1) || status=$?
	say "${message##*$'\n'}"
	if ((status == 3)); then
		say "skipped: ${message##*cluster: }"
		exit 0
	fi
	((status == 0)) || exit "$status"
	# shellcheck source=/dev/null
	. "$LA2DS_CLUSTER_DIR/env.sh"
}

run_locally() { snakemake_in "$WORK/local" "$LIMIT" all_tables --cores 2; }

run_on_cluster() {
	local copy=$WORK/cluster disturber
	cp "$HERE/faults.py" "$copy/sitecustomize.py"
	timeout -k 10 "$LIMIT" "$BIN/python" "$HERE/disturb.py" "$copy" "$LIMIT" &
	disturber=$!
	children+=("$disturber")
	# The profile as it is, but for the waiting time of a study whose jobs take seconds.
	snakemake_in "$copy" "$LIMIT" --profile slurm all_tables --cores 2 --slurm-init-seconds-before-status-checks 2
	wait "$disturber"
	children=()
	# Not squeue, which forgets jobs; of a job that was sent again the last line counts.
	sed -nE 's/^JobId=([0-9]+) .* JobState=([A-Z_]+) .*/\1 \2/p' "$LA2DS_CLUSTER_DIR/log/jobs.log" >"$copy/jobs.txt"
	snakemake_in "$copy" 120 --profile slurm all_tables --dry-run
	grep -q 'Nothing to be done' "$copy/snakemake.log" || {
		say "expected nothing to be left to do; see $copy/snakemake.log"
		return 1
	}
}

trap tidy EXIT
start_cluster
copy_repository "$WORK/local"
copy_repository "$WORK/cluster"
say "the study here"
run_locally
say "the study on the cluster"
run_on_cluster
"$BIN/python" "$HERE/compare.py" "$WORK/local" "$WORK/cluster"
say "the same tables, after $SECONDS s"
