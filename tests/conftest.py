"""Fixtures: where the real data lies, when it is there at all."""

import os
from pathlib import Path

from tests.fixtures.paths import ROOT

# Before anything imports torch or numpy: tests are many small problems, for which threads only get in each other's way,
# and a run resumed in a process of its own must add numbers up in the same order.
os.environ["OMP_NUM_THREADS"] = "1"

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real annotation files that are not part of the repository: $LA2DS_SHARED, or the folder `shared` beside it."""
    folder = Path(os.environ.get("LA2DS_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("real data is not here (LA2DS_SHARED names its folder)")
    return folder
