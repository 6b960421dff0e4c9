"""Penn Action's files for the tests of its reader: made up, and real."""

import tarfile

import numpy as np
import pytest

from tests.fixtures.datasets.penn import SEQUENCES, write_mat


@pytest.fixture
def root(tmp_path):
    """Penn's label files of the three sequences; no phase labels yet."""
    for sequence, (action, train, phases) in SEQUENCES.items():
        write_mat(tmp_path, sequence, action, len(phases), train=np.array([[train]], np.int32))
    return tmp_path


@pytest.fixture(scope="session")
def real_root(shared_data, tmp_path_factory):
    """The published label files of all 2,326 sequences, and human phase labels of five actions."""
    root = tmp_path_factory.mktemp("penn_action")
    with tarfile.open(shared_data / "data/penn_action/labels.tar.gz") as archive:
        archive.extractall(root, filter="data")
    (root / "phase_labels.parquet").symlink_to((shared_data / "data/penn_action/phase_labels.parquet").resolve())
    return root
