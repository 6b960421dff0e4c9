"""Fixture F1, whose values were computed with the peers' own evaluation code."""

import pytest

from la2ds.config import ProtocolConfig
from la2ds.evaluation.metrics import METRICS
from tests.fixtures.metric_clips import f1

ACCURACY = {
    "logreg": (0.960159, 0.960159, 0.960159),
    "svc_rbf": (0.960159, 0.964143, 0.956175),
    "svc_rbf_auto": (0.952191, 0.960159, 0.952191),
    "svc_linear": (0.964143, 0.948207, 0.948207),
}
PROGRESS = (0.860275, 0.863075, 0.863101)
TAU = {2: (0.974856, 0.979271), 5: (0.971250, 0.961636)}
AP_FRAMES = (0.940239, 0.929482, 0.917131)
AP_VIDEOS = {2: (0.932094, 0.912085, 0.844204), 5: (0.891293, 0.679889, 0.520242)}


def values(metric: str, protocol: ProtocolConfig | None = None) -> dict[str, float]:
    rows = METRICS[metric](f1(), protocol or ProtocolConfig())
    assert all(row.dropped == 0 for row in rows)
    return {row.variant: row.value for row in rows}


def test_accuracies_are_those_of_the_peers_to_the_frame():
    found = values("phase_accuracy")
    for classifier, expected in ACCURACY.items():
        shown = [round(found[f"labels={f}/classifier={classifier}"], 6) for f in (0.1, 0.5, 1.0)]
        assert shown == list(expected)


def test_progression():
    found = values("phase_progression")
    assert [found[f"labels={f}"] for f in (0.1, 0.5, 1.0)] == pytest.approx(PROGRESS, abs=1e-5)


@pytest.mark.parametrize("stride", [2, 5])
def test_tau(stride):
    found = values("kendall_tau", ProtocolConfig(tau_stride=stride))
    assert [found[f"split={s}/stride={stride}"] for s in ("val", "train")] == pytest.approx(TAU[stride], abs=1e-5)


def test_retrieval_of_vaot():
    found = values("retrieval")
    assert [found[f"k={k}/average=frames"] for k in (5, 10, 15)] == pytest.approx(AP_FRAMES, abs=1e-5)


@pytest.mark.parametrize("stride", [2, 5])
def test_retrieval_of_carl(stride):
    found = values("retrieval", ProtocolConfig(retrieval_average="videos", retrieval_stride=stride))
    assert [found[f"k={k}/average=videos"] for k in (5, 10, 15)] == pytest.approx(AP_VIDEOS[stride], abs=1e-5)
