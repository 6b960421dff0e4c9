"""Each benchmark runs at its smallest size, where its numbers equal those of the straightforward way."""

from importlib import import_module

import pytest

from tests.benchmarks.__main__ import STAGES
from tests.benchmarks.harness import measure, with_growth


@pytest.mark.parametrize("stage", STAGES)
def test_the_smallest_size_runs(stage):
    module = import_module(f"tests.benchmarks.stages.{stage}")
    row = measure(stage, module.SIZES[0], module.make(module.SIZES[0]), rounds=1)
    assert row["ours_s"] > 0 and row["ratio"] > 0 and row["peak_mb"] > 0


def test_growth_by_hand():
    rows = [{"stage": "a", "cells": 10, "ours_s": 1.0}, {"stage": "a", "cells": 20, "ours_s": 4.0}]
    assert with_growth(rows)[1]["growth"] == pytest.approx(2)
