"""Fixtures: where the real data lies, when it is there at all."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real annotation files that are not part of the repository: $LA2DS_SHARED, or the folder `shared` beside it."""
    folder = Path(os.environ.get("LA2DS_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("real data is not here (LA2DS_SHARED names its folder)")
    return folder
