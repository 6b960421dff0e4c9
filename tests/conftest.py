"""Fixtures: where the real data lies, when it is there at all."""

import os
from pathlib import Path

from tests.fixtures.paths import ROOT

# Before anything imports torch or numpy: tests are many small problems, for which threads only get in each other's way,
# and a run resumed in a process of its own must add numbers up in the same order.
os.environ["OMP_NUM_THREADS"] = "1"

import pytest
from hypothesis import settings

# The same examples on every machine and every time: a new fault is found by whoever asks for other ones
# (`pytest --hypothesis-profile default`), and not by somebody whose change has nothing to do with it.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real annotation files that are not part of the repository: $LA2DS_SHARED, or the folder `shared` beside it."""
    folder = Path(os.environ.get("LA2DS_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("real data is not here (LA2DS_SHARED names its folder)")
    return folder
