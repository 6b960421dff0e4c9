#!/bin/sh
# submit.sh THREADS MINUTES MEGABYTES GPUS JOBSCRIPT: sends a job to Grid Engine and prints its number.
# A job that is refused for now, by a limit or because nobody answers, is sent again for half an hour.
set -eu
threads=$1 seconds=$(($2 * 60)) memory=$3 gpus=$4 script=$5
mkdir -p .snakemake/sge
set -- -terse -V -cwd -j y -o .snakemake/sge -N la2ds
# Two minutes before its time is up a job hears SIGUSR1, upon which a training writes its checkpoint.
set -- "$@" -l "h_rt=$seconds" -l "s_rt=$((seconds > 240 ? seconds - 120 : seconds))"
[ "$threads" -le 1 ] || set -- "$@" -pe "${LA2DS_SGE_PE:-smp}" "$threads"
[ -z "${LA2DS_SGE_MEMORY:-}" ] || set -- "$@" -l "$LA2DS_SGE_MEMORY=$((memory / threads))M"
# Words of the user's.
# shellcheck disable=SC2086
[ "$gpus" -le 0 ] || set -- "$@" ${LA2DS_SGE_GPU:-}
# shellcheck disable=SC2086
set -- "$@" ${LA2DS_SGE_OPTIONS:-}
told=$(mktemp)
trap 'rm -f "$told"' EXIT
tries=0
until qsub "$@" "$script" 2>"$told"; do
	cat "$told" >&2
	tries=$((tries + 1))
	[ "$tries" -lt 90 ] && grep -qE 'commlib|qmaster|jobs are allowed' "$told" || exit 1
	sleep "${LA2DS_SGE_AGAIN:-20}"
done
