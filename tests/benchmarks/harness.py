"""What every stage is measured by: processor time, in turns with the straightforward way, growth and memory."""

import math
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

DIMS = 128


@dataclass(frozen=True)
class Case:
    """One size of a stage.

    Attributes:
        ours: what the package does.
        plain: the straightforward way to the same numbers; None where it is out of reach.
        tolerance: by how much the numbers may differ.
        holds: what must live as long, such as a folder of files.
    """

    ours: Callable[[], np.ndarray]
    plain: Callable[[], np.ndarray] | None
    tolerance: float
    holds: object = None


def wave_clips(videos: int, frames: int) -> list[np.ndarray]:
    """Make embeddings of unit length that go the same way at their own pace, with noise."""
    rng = np.random.default_rng(0)
    waves, clips = rng.normal(size=(8, DIMS)), []
    for _ in range(videos):
        progress = np.sort(rng.random(frames))
        clip = np.cos(np.pi * np.outer(progress, np.arange(8))) @ waves + 0.3 * rng.normal(size=(frames, DIMS))
        clips.append((clip / np.linalg.norm(clip, axis=1, keepdims=True)).astype(np.float32))
    return clips


def measure(stage: str, size: object, case: Case, *, rounds: int) -> dict[str, Any]:
    """Time both ways in turns, the best round of each, and refuse numbers that differ."""
    best = {"ours": math.inf, "plain": math.inf}
    ways = {"ours": case.ours, "plain": case.plain}
    for _ in range(rounds):
        found = {}
        for name, way in ways.items():
            if way is not None:
                begin = time.process_time()
                found[name] = way()
                best[name] = min(best[name], time.process_time() - begin)
        if "plain" in found:
            np.testing.assert_allclose(found["ours"], found["plain"], rtol=0, atol=case.tolerance)
    ratio = best["plain"] / best["ours"]
    return {
        "stage": stage,
        "size": str(size).replace(",", " x").strip("()"),
        "cells": math.prod(size) if isinstance(size, tuple) else size,
        "ours_s": best["ours"],
        "plain_s": best["plain"] if math.isfinite(ratio) else math.nan,
        "ratio": ratio if math.isfinite(ratio) else math.nan,
        "peak_mb": peak_mb(case.ours),
    }


def peak_mb(way: Callable[[], Any]) -> float:
    """Give the most memory that arrays and Python held at once, in MB, beyond what was there before."""
    tracemalloc.start()
    try:
        way()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def with_growth(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add by which power of frames a stage's time grew since the size before."""
    out: list[dict[str, Any]] = []
    for row in rows:
        before = out[-1] if out else None
        growth = math.nan
        if before is not None and before["stage"] == row["stage"] and before["cells"] < row["cells"]:
            growth = math.log(row["ours_s"] / before["ours_s"]) / math.log(row["cells"] / before["cells"])
        out.append({**row, "growth": growth})
    return out
