#!/usr/bin/env bash
# What the Makefile calls, and what works without make:
# scripts/la2ds.sh setup|quick|tables|test|test-fast|test-cluster|test-kill|lint|bench|ui|clean|freeze
#   SNAKEMAKE_ARGS=--printshellcmds hands options on to Snakemake and shows all that it says
#   tables   SEEDS=3, DATASETS="demo penn", CORES=4 change what config/config.yaml and profiles/default say
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true
BIN=.venv/bin
# Snakemake wants a folder for its cache, and not every machine has a home that can be written.
if [[ -z ${XDG_CACHE_HOME:-} && -n ${HOME:-} ]] && ! { mkdir -p "$HOME/.cache" && [[ -w $HOME/.cache ]]; } 2>/dev/null; then
	export XDG_CACHE_HOME=$PWD/.cache
fi

tables() {
	local -a config=() options=()
	[[ -z ${SEEDS:-} ]] || config+=("seeds=$SEEDS")
	[[ -z ${DATASETS:-} ]] || config+=("datasets=[${DATASETS// /,}]")
	[[ -z ${CORES:-} ]] || options+=(--cores "$CORES")
	((${#config[@]} == 0)) || options+=(--config "${config[@]}")
	# Targets first: options of several values would swallow them.
	run_snakemake all_tables "${options[@]}"
}

# A line for each finished job; with SNAKEMAKE_ARGS, which are handed on, all that Snakemake says.
run_snakemake() {
	if [[ -n ${SNAKEMAKE_ARGS:-} ]]; then
		local -a more
		read -ra more <<<"$SNAKEMAKE_ARGS"
		"$BIN/snakemake" "$@" "${more[@]}"
	else
		LA2DS_CONSOLE=short "$BIN/snakemake" "$@"
	fi
}

# A first look: one action, three rows, a picture, and two clips under one slider.
quick() {
	local name=quick_demo_quick start=$SECONDS
	echo "a first look: drawing 36 clips of a squat, then learning to align them; a few minutes ..." >&2
	run_snakemake results/tables/quick.md "results/figures/${name}_"{alignment.png,clips.html}
	sed -n '/^| Method/,/^$/{p;/^$/q}' results/tables/quick.md
	cat <<-END
		In parentheses: how much better than the clock, which matches frames by their share of the clip and looks at nothing.
		A dagger: better by more than chance.

		results/figures/${name}_clips.html       two clips in step under one slider
		results/figures/${name}_alignment.png    which frame is matched with which
		results/tables/quick.md                        the table with intervals and notes

		$((SECONDS - start)) s. 'make tables' makes all tables of the demo and a report: 6 minutes on two quiet cores, up to 20 on busy ones.
	END
}

run_tests() { "$BIN/python" -m pytest "$@"; }

lint() {
	"$BIN/ruff" check .
	"$BIN/ruff" format --check .
	"$BIN/mypy"
	"$BIN/snakefmt" --check Snakefile workflow
	"$BIN/snakemake" --lint
}

# Ratios to the straightforward ways, growth and memory of each stage, as results/bench.csv.
bench() {
	mkdir -p results
	"$BIN/python" -m tests.benchmarks --output results/bench.csv
}

ui() {
	local store=results/mlflow/mlflow.db port=${PORT:-5000}
	local uri=${MLFLOW_TRACKING_URI:-sqlite:///$store}
	if [[ $uri == http* ]]; then
		echo "MLFLOW_TRACKING_URI names a server; open it in a browser" >&2
		exit 0
	fi
	[[ $uri != "sqlite:///$store" || -f $store ]] || {
		echo "nothing recorded yet: $store is made by 'make tables'" >&2
		exit 1
	}
	# As a module, for in a folder that was moved .venv/bin/mlflow names a Python that is gone.
	"$BIN/python" -c 'import mlflow' 2>/dev/null || {
		echo "MLflow is not installed in .venv; 'make setup' installs it" >&2
		exit 1
	}
	echo "http://127.0.0.1:$port/#/experiments?workflowType=machine_learning  (Ctrl-C ends it)" >&2
	[[ ! -f $store ]] || PYTHONPATH=$PWD "$BIN/python" -m la2ds.tracking.view "http://127.0.0.1:$port"
	MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false exec "$BIN/python" -m mlflow ui \
		--backend-store-uri "$uri" --host 127.0.0.1 --port "$port" --workers 1
}

# Caches only: results may have cost GPU nights.
clean() { rm -rf .pytest_cache .mypy_cache .ruff_cache; }

# Writes what is installed to constraints.txt, without local builds and without this package.
freeze() {
	local head
	head=$(grep '^#' constraints.txt)
	{
		printf '%s\n' "$head"
		"$BIN/python" -m pip freeze --exclude-editable | grep -v '@' | sed -E 's/==([^+]*)\+.*/==\1/'
	} >constraints.txt.new
	mv constraints.txt.new constraints.txt
}

command=${1:-tables}
(($# == 0)) || shift
case $command in
setup) scripts/setup.sh ;;
ui) ui ;; # installs nothing
quick | tables | lint | bench | freeze)
	scripts/setup.sh
	"$command"
	;;
test)
	scripts/setup.sh
	run_tests "$@"
	;;
test-fast)
	scripts/setup.sh
	run_tests -m "not slow" "$@"
	;;
test-kill)
	scripts/setup.sh
	"$BIN/python" -m tests.kills "$@"
	;;
test-cluster)
	scripts/setup.sh
	tests/cluster/run.sh
	;;
clean) clean ;;
*)
	echo "expected setup, quick, tables, test, test-fast, test-cluster, test-kill, lint, bench, ui, clean or freeze, found '$command'" >&2
	exit 2
	;;
esac
