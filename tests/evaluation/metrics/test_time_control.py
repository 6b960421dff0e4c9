"""The time control e = t / T on human labels: reference values made by independent code."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from la2ds.config import ProtocolConfig
from la2ds.evaluation.metrics import METRICS
from la2ds.evaluation.metrics.clips import ActionClips
from tests.fixtures.metric_clips import time_clips


@pytest.mark.parametrize("action", ["golf_swing", "jumping_jacks"])
def test_every_reference_value_is_reproduced(shared_data, action):
    labels = pd.read_parquet(shared_data / "data/penn_action/phase_labels.parquet")
    reference = pd.read_csv(shared_data / "design/time_control.csv").query("action == @action")
    data = time_clips(labels[labels.action == action])
    # As an embeddings file would hold it: t / T in single precision, where other distances tie than in double.
    single = ActionClips(
        *([dataclasses.replace(c, embedding=c.embedding.astype(np.float32)) for c in s] for s in (data.train, data.val))
    )
    protocol = ProtocolConfig(classifiers=("svc_rbf", "logreg"))
    for clips, tolerances in ((data, (1e-6, 1e-6)), (single, (0.003, 0.01))):
        rows = [row for function in METRICS.values() for row in function(clips, protocol)]
        found = {(r.metric, r.variant): r.value for r in rows}
        for line in reference.itertuples():
            tolerance = tolerances[line.metric == "retrieval"]
            assert found[line.metric, line.variant] == pytest.approx(line.value, abs=tolerance), line
