#!/bin/sh
# status.sh NUMBER: what has become of a job: running, success or failed. No accounting is asked: a job writes how it ended.
said=$(qstat -j "$1" 2>&1) && {
	echo running
	exit
}
# Nobody answers, which says nothing about the job.
case $said in
*'do not exist'*) ;;
*)
	echo running
	exit
	;;
esac
# The file may be seen late.
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ ! -s ".snakemake/sge/$1.ended" ] || break
	sleep "${LA2DS_SGE_LATE:-3}"
done
if [ "$(cat ".snakemake/sge/$1.ended" 2>/dev/null)" = 0 ]; then echo success; else echo failed; fi
