#!/bin/sh
# properties = {properties}
# The warning is for the training alone.
trap '' USR1
({exec_job})
code=$?
echo $code >.snakemake/sge/$JOB_ID.ended
exit $code
