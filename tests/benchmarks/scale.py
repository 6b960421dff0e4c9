"""Plan a study of many clips, and count: ``python tests/benchmarks/scale.py FOLDER CLIPS [--run]``.

FOLDER becomes a repository with a dataset of 13 actions, indexed already, and a table of twelve methods with three
seeds. What is timed is ``snakemake --profile slurm -n all_tables``; with ``--run`` the study is then also made
here, by a package whose verbs do nothing but write empty files.
"""

import argparse
import csv
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import yaml
from pyarrow import parquet

ROOT = Path(__file__).resolve().parents[2]
ACTIONS = [f"action_{n:02d}" for n in range(13)]
METHODS = ["random", "untrained", "time", "pose", "pose_time", "casa_2d", "tcc_heatmaps", "scl_heatmaps"]
METHODS += ["la2ds", "la2ds_align", "rgb", "la2ds_rgb"]
FRAMES = 2  # labelled frames a clip; real ones have a hundred
COLUMNS = ["video_id", "action", "split", "source", "frames", "fps", "width", "height", "shard"]
# A verb writes the files its command line names that are not there, and those that belong into a folder it names.
PACKAGE = """
import sys
from pathlib import Path

verb, words = sys.argv[1], sys.argv[2:]
for option, word in zip(words, words[1:]):
    path = Path(word)
    if option == "--output-dir":
        path.mkdir(parents=True, exist_ok=True)
        for name in ("model.safetensors", "history.csv", "run.json"):
            (path / name).write_text(verb)
    elif word.startswith("results/") and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(verb)
"""


def write_repository(folder: Path, actions: list[str]) -> None:
    """Copy rules and settings, with a dataset of its own and a package that does nothing."""
    for name in ("workflow", "profiles", "config", "envs", "la2ds"):
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True)
    for name in ("Snakefile", "slurm"):
        shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    (folder / "la2ds/__main__.py").write_text(PACKAGE)
    dataset = {"reader": "penn", "root": "native", "actions": actions, "pose": "mediapipe", "pictures": "always"}
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    config |= {"datasets": ["many"], "tables": ["twelve"], "seeds": 3, "pose_weights": "weights.task"}
    table = yaml.safe_load((ROOT / "config/tables/main.yaml").read_text())
    table |= {"title": "Twelve", "methods": METHODS, "shown": []}
    (folder / "config/tables/twelve.yaml").write_text(yaml.safe_dump(table))
    (folder / "weights.task").touch()
    (folder / "config/datasets/many.yaml").write_text(yaml.safe_dump(dataset))
    (folder / "config/config.yaml").write_text(yaml.safe_dump(config))


def write_clips(folder: Path, clips: int, *, actions: list[str], shard_size: int) -> None:
    """Write the index of so many clips: what `la2ds index` would have found."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    with open(folder / "videos.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for n in range(clips):
            action, place = actions[n % len(actions)], n // len(actions)
            names.append(f"{action}_{place:06d}")
            shard = f"{action}_{place // shard_size:03d}"
            split = "val" if place % 3 == 0 else "train"
            writer.writerow([names[-1], action, split, f"{action}/{place}.mp4", 100, 25, 640, 480, shard])
    frames = {"video_id": [n for n in names for _ in range(FRAMES)], "frame": [*range(FRAMES)] * clips}
    parquet.write_table(pa.table(frames | {"phase": [0, 1] * clips}), folder / "labels.parquet")


def snakemake(folder: Path, *arguments: str) -> tuple[str, float]:
    """Run Snakemake, and give its output and the seconds it took."""
    begin = time.monotonic()
    command = [sys.executable, "-m", "snakemake", *arguments]
    done = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise SystemExit(done.stdout[-3000:])
    return done.stdout, time.monotonic() - begin


def count(plan: str) -> dict[str, int]:
    """Count what a plan for SLURM holds."""
    stats = plan.partition("Job stats:")[2].partition("total")[0]
    rules = {rule: int(n) for rule, n in re.findall(r"^(\w+) +(\d+)$", stats, re.MULTILINE)}
    groups = len(re.findall(r"^\[[^]]*\] Group job ", plan, re.MULTILINE))
    # A group's members are indented, and what runs on the machine of Snakemake itself is a localrule.
    alone = len(re.findall(r"^(?:rule|checkpoint) (?!all_tables)\w+:", plan, re.MULTILINE))
    return {"jobs": sum(rules.values()), "groups": groups, "alone": alone, "submissions": groups + alone}


def main() -> None:
    """Write, plan, count, and perhaps run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("clips", type=int)
    parser.add_argument("--shard-size", type=int, default=500, help="clips a shard (default: a dataset file's)")
    parser.add_argument("--actions", type=int, default=len(ACTIONS))
    parser.add_argument("--run", action="store_true", help="make the study, too, with empty files")
    options = parser.parse_args()
    actions = ACTIONS[: options.actions]
    write_repository(options.folder, actions)
    write_clips(options.folder / "results/many", options.clips, actions=actions, shard_size=options.shard_size)
    plan, seconds = snakemake(options.folder, "--profile", "slurm", "-n", "all_tables")
    (options.folder / "plan.txt").write_text(plan)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print({"clips": options.clips, **count(plan), "plan_seconds": round(seconds), "peak_mb": peak})
    if options.run:
        _, seconds = snakemake(options.folder, "all_tables", "--cores", "2")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        print({"clips": options.clips, "run_seconds": round(seconds), "peak_mb": peak})


if __name__ == "__main__":
    main()
