"""What every stage is measured by: processor time, in turns with the straightforward way, growth and memory."""

import ctypes
import math
import os
import resource
import struct
import sys
import time
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


def wave_phases(size: int, *, phases: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Draw frames to learn from and as many to tell the phase of, (size, D) each, and their phases, (size,) each."""
    frames = np.concatenate(wave_clips(20, size // 10)).astype(np.float64)
    frames += 0.15 * np.random.default_rng(1).normal(size=frames.shape)
    known = np.tile(np.arange(size // 10) * phases // (size // 10), 20)
    return np.split(frames, 2), np.split(known, 2)


def measure(stage: str, size: object, case: Case, *, rounds: int) -> dict[str, Any]:
    """Time both ways in turns, the best round of each, and refuse numbers that differ."""
    memory = peak_mb(case.ours)  # first, while there is no memory to be used again
    best = {"ours": math.inf, "plain": math.inf}
    ways = {"ours": case.ours, "plain": case.plain}
    for _ in range(rounds if case.plain else 1):
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
        "peak_mb": memory,
    }


def peak_mb(way: Callable[[], Any]) -> float:
    """Give the most memory that a process held at once for it, in MB, beyond what it had before."""
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)  # else what is free could be used again unseen
    end, begin = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            way()
            os.write(begin, struct.pack("d", (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e3))
        finally:
            os._exit(0)
    os.close(begin)
    with os.fdopen(end, "rb") as found:
        told = found.read()
    os.waitpid(child, 0)
    return float(struct.unpack("d", told)[0])


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
