"""Snakemake looks for ready jobs when one has finished, and not all the time."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.paths import ROOT

SNAKEFILE = f"""
include: "{ROOT}/workflow/rules/scheduling.smk"
rule all:
    input: expand("{{n}}.txt", n=range(8))
rule one:
    output: "{{n}}.txt"
    shell: "sleep 0.5; touch {{output}}"
"""


@pytest.mark.parametrize(("options", "rests"), [([], True), (["--max-jobs-per-timespan", "200/1s"], False)])
def test_ready_jobs_are_looked_through_once_for_each_that_finishes(
    tmp_path: Path, options: list[str], rests: bool
) -> None:
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--scheduler", "greedy", "--verbose", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    looked = (done.stdout + done.stderr).count("Ready jobs:")
    # Once in the beginning and after every job; where somebody sets a limit, he gets what it costs.
    assert (looked <= 8 + 2) == rests, looked
