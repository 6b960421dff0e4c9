"""What every metric promises, whatever the embeddings are."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from la2ds.config import ProtocolConfig
from la2ds.evaluation.metrics import METRICS
from la2ds.evaluation.metrics.clips import ActionClips, Clip

PROTOCOL = ProtocolConfig(classifiers=("logreg",), label_fractions=(1.0,), retrieval_k=(1, 3))
# Few different values, so that ties and constant columns are common.
NUMBERS = st.sampled_from([-3.0, 0.0, 0.5, 1.0, 1e-8, 1e6])
BOUNDS = {
    "phase_accuracy": (0, 1),
    "phase_progression": (-np.inf, 1),
    "kendall_tau": (-1, 1),
    "retrieval": (0, 1),
    "alignment_error": (0, np.inf),
}


@st.composite
def actions(draw):
    """Two training and two validation clips of four to nine frames with three phases each."""
    made = []
    for name in ("t0", "t1", "v0", "v1"):
        length = draw(st.integers(4, 9))
        embedding = draw(arrays(np.float32, (length, 2), elements=NUMBERS.map(np.float32)))
        phases = np.sort(np.concatenate([[0, 1, 2], draw(arrays(np.int16, length - 3, elements=st.integers(0, 2)))]))
        made.append(Clip(name, embedding, phases.astype(np.int16), 25.0))
    return ActionClips(train=made[:2], val=made[2:])


@settings(max_examples=40, deadline=None)
@given(data=actions())
def test_values_are_within_bounds_or_named_as_undefined(data):
    for metric, function in METRICS.items():
        rows = function(data, PROTOCOL)
        assert rows
        for row in rows:
            low, high = BOUNDS[row.metric]
            assert row.metric == metric and row.n >= 0 and row.dropped >= 0
            assert np.isnan(row.value) or low - 1e-9 <= row.value <= high + 1e-9, row


@settings(max_examples=25, deadline=None)
@given(data=actions(), factor=st.sampled_from([0.5, 2.0, 4.0]))
def test_neighbours_do_not_depend_on_scale_and_order_of_axes(data, factor):
    def changed(clips):
        return [Clip(c.video_id, factor * c.embedding[:, ::-1].copy(), c.phases, c.fps) for c in clips]

    other = ActionClips(train=changed(data.train), val=changed(data.val))
    for metric in ("kendall_tau", "retrieval", "alignment_error"):
        for row, again in zip(METRICS[metric](data, PROTOCOL), METRICS[metric](other, PROTOCOL), strict=True):
            np.testing.assert_allclose(row.value, again.value, atol=1e-9)
