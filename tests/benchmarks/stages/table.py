"""Intervals of one column of pairs, from files, against a data frame per file and draws per method."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from la2ds.evaluation.resampling import draw_counts
from la2ds.formats.results.metrics import Row
from la2ds.formats.results.unit_tables import read_units, write_units
from la2ds.formats.results.units import pair_units
from la2ds.report.tables.intervals import resample
from tests.benchmarks.harness import Case

# (methods, videos) of one action.
SIZES = [(2, 5), (12, 30), (12, 80)]
METRIC = ("kendall_tau", "split=val/stride=2")


def plain(files: list[Path]) -> np.ndarray:
    values = []
    for file in files:
        units = pd.read_parquet(file)
        matrix = units.pivot_table(index="video_id", columns="other_id", values=["total", "n"], fill_value=0)
        counts = draw_counts("squat", len(matrix))
        total, n = (((counts @ matrix[key].to_numpy()) * counts).sum(axis=1) for key in ("total", "n"))
        values.append(np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0))
    return np.stack(values)


def ours(files: list[Path]) -> np.ndarray:
    units = {(str(n), 0): read_units(file, [METRIC])["squat", *METRIC] for n, file in enumerate(files)}
    found, _ = resample({"squat": units}, actions=["squat"], draw=draw_counts)
    return np.stack([found[str(n), "squat"] for n in range(len(files))])


def make(size: tuple[int, int]) -> Case:
    methods, videos = size
    rng, folder = np.random.default_rng(0), tempfile.TemporaryDirectory(prefix="bench-")  # lives as long as the case
    ids, files = [f"{n:03d}" for n in range(videos)], [Path(folder.name, f"{n}.parquet") for n in range(methods)]
    for file in files:
        units = pair_units(ids, n=np.ones((videos, videos)), total=rng.random((videos, videos)))
        write_units(file, {"squat": [Row(*METRIC, 0.5, videos, 0, units)]}, commit="")
    return Case(lambda: ours(files), lambda: plain(files), tolerance=1e-12, holds=folder)
