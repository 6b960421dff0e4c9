"""With `--sdm apptainer` every job runs in the image that config.yaml names; Apptainer itself is replaced."""

import os

from tests.fixtures.workflow_study import Study

# Runs what it is given, and notes in which image.
APPTAINER = """#!/bin/sh
[ "$1" != --version ] || { echo "apptainer version 1.3.0"; exit; }
while [ "$1" != la2ds.sif ]; do shift; [ $# -gt 0 ] || exit 1; done
shift
echo "$3" >>in_image
exec "$@"
"""


def test_every_job_runs_in_the_image_of_the_settings(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/apptainer").write_text(APPTAINER)
    (tmp_path / "bin/apptainer").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    (tmp_path / "study").mkdir()
    study = Study(tmp_path / "study")
    (study.folder / "la2ds.sif").touch()
    wanted = "results/toy/metrics/default/net/a/seed0.csv"
    calls = study.run(wanted, "--sdm", "apptainer", "--config", "container=la2ds.sif")
    assert {verb for verb, *_ in calls} >= {"index", "keypoints", "heatmaps", "train", "embed", "evaluate"}
    inside = (study.folder / "in_image").read_text()
    assert inside.count("python -m la2ds ") == len(calls)
