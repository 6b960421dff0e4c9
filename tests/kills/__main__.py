"""Kill a local study at random moments, give the same command again each time, and compare: ``make test-kill``.

    python -m tests.kills [--kills 50] [--seed 0]

The study is the demo's first look with short trainings, in a folder of its own. It is made once undisturbed; then again
and again, killed with SIGKILL between 0.5 and 15 seconds after its start: Snakemake alone, so that its jobs live on a
moment, or everything at once, in turns. Whenever it comes to its end, its weights, metrics and tables must equal the
undisturbed ones to the byte, and no temporary file of ours may be left. No ``--unlock`` or the like is ever typed.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fixtures.paths import ROOT

TARGETS = ["results/tables/quick.md"]
OPTIONS = ["--cores", "2", "--config", "overrides={demo_quick: {steps: 0.05}}", "tracking=false"]
COMPARED = ("**/videos.csv", "**/labels.parquet", "**/model.safetensors", "**/metrics/**/*.csv", "tables/*.csv")
SHORTEST, LONGEST = 0.5, 15.0  # seconds until a kill


def main() -> None:
    """Make, kill, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    chance, kills, ends = random.Random(args.seed), 0, 0
    with tempfile.TemporaryDirectory() as name:
        study = lay_out(Path(name))
        assert run(study) == 0, "the study fails undisturbed"
        wanted = digests(study)
        while kills < args.kills:
            start_anew(study)
            status = None
            while status is None and kills < args.kills:
                status = run(study, kill_after=chance.uniform(SHORTEST, LONGEST), whole=bool(kills % 2))
                kills += status is None
                print(f"kill {kills}" if status is None else f"an end, status {status}", flush=True)
            status = run(study) if status is None else status
            assert status == 0, f"the same command failed after kill {kills}"
            assert digests(study) == wanted, f"other results after kill {kills}"
            left = [path for path in (study / "results").rglob("*") if ".tmp" in path.name]
            assert not left, f"left behind after kill {kills}: {left}"
            ends += 1
    print(f"{kills} kills, {ends} ends, {len(wanted)} files equal to the byte each time")


def lay_out(folder: Path) -> Path:
    """Make a folder with the workflow and without results."""
    for name in ("Snakefile", "workflow", "config", "profiles", "envs", "la2ds"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def start_anew(study: Path) -> None:
    """Take results away."""
    shutil.rmtree(study / "results")


def run(study: Path, *, kill_after: float | None = None, whole: bool = False) -> int | None:
    """Run the study.

    Args:
        study: its folder.
        kill_after: seconds until it is killed; None to let it end.
        whole: kill its jobs, too, not Snakemake alone.

    Returns:
        its status, None if it was killed.
    """
    command = [sys.executable, "-m", "snakemake", *TARGETS, *OPTIONS]
    with (study / "log").open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=study,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        try:
            status = process.wait(kill_after)
        except subprocess.TimeoutExpired:
            if whole:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            process.wait()
            return None
    if status:
        print((study / "log").read_text()[-3000:])
    return status


def digests(study: Path) -> dict[str, str]:
    """Give what is compared, file -> SHA-256."""
    results = study / "results"
    files = sorted({file for pattern in COMPARED for file in results.glob(pattern)})
    return {str(file.relative_to(results)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


if __name__ == "__main__":
    main()
