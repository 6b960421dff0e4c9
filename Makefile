# Thin: every target is one call of scripts/la2ds.sh, which works without make too.
# `make tables SEEDS=3`, `make ui PORT=5001`: variables reach the script through the environment.
.PHONY: quick tables setup test test-fast test-cluster test-kill lint bench ui clean

tables quick setup test test-fast test-cluster test-kill lint bench ui clean:
	@scripts/la2ds.sh $@

export SEEDS DATASETS CORES SNAKEMAKE_ARGS PORT PYTHON LA2DS_TORCH
