"""The studies that tests/cluster and tests/benchmarks/scale.py write can be planned: they are rarely run themselves."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.fixtures.paths import ROOT


def test_the_study_of_the_cluster_can_be_planned(tmp_path: Path) -> None:
    for name in ("Snakefile", "config", "envs", "la2ds", "profiles", "workflow"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, tmp_path / name)
    subprocess.run([sys.executable, ROOT / "tests/cluster/study.py", tmp_path], check=True)
    command = [sys.executable, "-m", "snakemake", "-n", "all_tables"]
    plan = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert plan.returncode == 0, (plan.stdout + plan.stderr)[-2000:]


def test_a_study_of_any_size_can_be_planned(tmp_path: Path) -> None:
    script = ROOT / "tests/benchmarks/scale.py"
    plan = subprocess.run(
        [sys.executable, script, tmp_path, "10", "--actions", "1"], capture_output=True, text=True, timeout=300
    )
    assert plan.returncode == 0, (plan.stdout + plan.stderr)[-2000:]
    # One action in one shard, scored 30 times: nine methods with three seeds, and three formulas.
    assert "'groups': 31" in plan.stdout
