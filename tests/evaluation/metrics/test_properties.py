"""What must hold whatever the data: order, reversal, collapse, missing phases, background, hand-placed points."""

import dataclasses

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from la2ds.config import ProtocolConfig
from la2ds.evaluation.metrics import METRICS
from la2ds.evaluation.metrics.clips import ActionClips, Clip, first_videos, stack
from la2ds.evaluation.metrics.events import event_frames, impute_events
from la2ds.evaluation.metrics.phase_classification import predict
from la2ds.evaluation.metrics.retrieval import precision_at
from la2ds.formats.results.metrics import Row
from tests.fixtures.metric_clips import collapsed, random_clips


def rows(metric: str, data: ActionClips, **settings: object) -> dict[str, Row]:
    return {row.variant: row for row in METRICS[metric](data, ProtocolConfig(**settings))}


def line(name: str, start: float, phases: list[int], step: float = 1.0) -> Clip:
    points = start + step * np.arange(len(phases), dtype=np.float64)
    return Clip(name, points[:, None], np.array(phases), 10.0)


def test_tau_is_one_for_the_same_order_and_minus_one_for_the_reverse():
    same = [line("a", 0, [0] * 9), line("b", 0, [0] * 9)]
    assert rows("kendall_tau", ActionClips(same, same))["split=val/stride=2"].value == 1
    reverse = [line("a", 0, [0] * 9), line("b", 8, [0] * 9, step=-1)]
    assert rows("kendall_tau", ActionClips(reverse, reverse))["split=val/stride=2"].value == -1


def test_a_collapsed_embedding_has_no_tau_and_every_pair_is_counted():
    row = rows("kendall_tau", collapsed(random_clips()))["split=val/stride=2"]
    assert np.isnan(row.value)
    assert (row.n, row.dropped) == (0, 12)


def test_a_pair_without_tau_is_dropped_and_counted():
    data = random_clips()
    data.val[0] = dataclasses.replace(data.val[0], embedding=np.zeros_like(data.val[0].embedding))
    row = rows("kendall_tau", data)["split=val/stride=2"]
    # From the collapsed video into the three others all frames land on one; into it all land on its first frame.
    assert (row.n, row.dropped) == (6, 6)


def test_a_single_video_has_no_pairs():
    row = rows("kendall_tau", random_clips(val=1))["split=val/stride=2"]
    assert np.isnan(row.value)
    assert (row.n, row.dropped) == (0, 0)


def test_precision_at_two_on_four_points_placed_by_hand():
    # On a line: a at 0 (phase 0) and 1 (phase 1); b at 0.1 (phase 0) and 1.3 (phase 0).
    a = Clip("a", np.array([[0.0], [1.0]]), np.array([0, 1]), 1.0)
    b = Clip("b", np.array([[0.1], [1.3]]), np.array([0, 0]), 1.0)
    in_a, in_b = precision_at([a, b], (1, 2))
    assert in_a.tolist() == [[1, 1], [0, 0]]
    assert in_b.tolist() == [[1, 0.5], [0, 0.5]]


def test_equal_distances_count_in_file_order():
    query = Clip("a", np.zeros((1, 1)), np.array([0]), 1.0)
    others = [Clip("b", np.ones((2, 1)), np.array([0, 1]), 1.0), Clip("c", -np.ones((2, 1)), np.array([1, 1]), 1.0)]
    assert precision_at([query, *others], (1, 2, 3))[0].tolist() == [[1, 0.5, 1 / 3]]


def test_precision_is_capped_where_the_right_frames_are_few(caplog):
    clips = [line("a", 0, [0, 1]), line("b", 0, [0, 1])]
    row = rows("retrieval", ActionClips(clips, clips))["k=5/average=frames"]
    assert row.value == pytest.approx(0.2)
    assert "can reach 0.2000 only" in caplog.text


def test_retrieval_without_other_videos_is_undefined_and_counted():
    data = random_clips(val=1)
    row = rows("retrieval", data)["k=5/average=frames"]
    assert np.isnan(row.value)
    assert (row.n, row.dropped) == (0, len(data.val[0].phases))


def with_background(data: ActionClips) -> ActionClips:
    """Put two background frames at the start of every clip."""

    def cover(clip: Clip) -> Clip:
        return dataclasses.replace(clip, phases=np.r_[-1, -1, clip.phases[2:]].astype(np.int16))

    return ActionClips([cover(c) for c in data.train], [cover(c) for c in data.val])


@pytest.mark.parametrize("metric", ["phase_accuracy", "retrieval"])
def test_background_is_dropped_and_counted(metric):
    data = with_background(random_clips())
    frames = sum(len(c.phases) for c in data.val)
    assert {(r.n, r.dropped) for r in rows(metric, data).values()} == {(frames - 8, 8)}
    assert {(r.n, r.dropped) for r in rows(metric, data, drop_background=False).values()} == {(frames, 0)}


def test_a_subset_with_one_phase_predicts_that_phase(caplog):
    found = predict("svc_rbf", (np.zeros((3, 2)), np.array([1, 1, 1])), np.zeros((2, 2)))
    assert found.tolist() == [1, 1]
    assert "phase 1 only" in caplog.text


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_regression_in_single_precision_predicts_the_same_where_frames_are_few(seed):
    data = random_clips(seed=seed, train=20, val=20)
    (features, phases), (others, _) = stack(data.train), stack(data.val)
    double = LogisticRegression(C=2.0 if len(set(phases)) == 2 else 1.0, max_iter=100_000).fit(features, phases)
    assert np.array_equal(predict("logreg", (features, phases), others), double.predict(others))


def test_subsets_are_the_first_whole_videos():
    clips = random_clips(train=10).train
    assert [len(first_videos(clips, f)) for f in (0.05, 0.1, 0.5, 0.7, 1.0)] == [1, 1, 5, 7, 10]
    assert first_videos(clips, 0.5) == clips[:5]


def test_clips_are_sorted_whatever_order_they_come_in():
    data = random_clips()
    assert ActionClips(data.train[::-1], data.val[::-1]) == data


@pytest.mark.parametrize(
    ("phases", "found", "imputed"),
    [
        ([0, 0, 1, 1, 2], [1, 3], [1, 3]),
        ([0, 0, 2, 2], [1, -1], [1, 2]),
        ([1, 1, 2], [-1, 1], [1, 1]),
        ([0, 0, 0], [2, -1], [2, 2]),
    ],
)
def test_events(phases, found, imputed):
    events = event_frames(np.array(phases), 3)
    assert events.tolist() == found
    assert impute_events(np.array(phases), events).tolist() == imputed


def test_absent_phases_are_counted():
    data = random_clips()
    without = np.where(data.val[0].phases == 1, 0, data.val[0].phases)
    data.val[0] = dataclasses.replace(data.val[0], phases=without)
    assert rows("phase_progression", data)["labels=1.0"].dropped == 1
    # Event 1 cannot be carried from that video to 3 others, nor from those to it.
    row = rows("alignment_error", data)["unit=fraction"]
    assert (row.n, row.dropped) == (18, 6)


def test_one_phase_has_no_progression():
    clips = [line("a", 0, [0, 0, 0]), line("b", 0, [0, 0, 0])]
    row = rows("phase_progression", ActionClips(clips, clips))["labels=1.0"]
    assert np.isnan(row.value)
    assert row.n == 0
    assert np.isnan(rows("alignment_error", ActionClips(clips, clips))["unit=fraction"].value)


def test_perfect_alignment_has_no_error():
    clips = [line("a", 0, [0, 0, 1, 2]), line("b", 0, [0, 0, 1, 2])]
    assert {r.value for r in rows("alignment_error", ActionClips(clips, clips), alignment_sources=1).values()} == {0.0}


def test_metrics_switched_off_give_no_rows():
    assert rows("phase_progression", random_clips(), progression=False) == {}
    assert rows("kendall_tau", random_clips(), kendall_tau=False) == {}


def test_noise_scores_chance_and_a_clean_signal_scores_high():
    noise = random_clips(train=20, val=20)
    assert abs(rows("kendall_tau", noise)["split=val/stride=2"].value) < 0.1
    assert rows("retrieval", noise)["k=5/average=frames"].value < 0.5

    def clean(clip: Clip) -> Clip:
        steps = (clip.phases + np.linspace(0, 0.5, len(clip.phases)))[:, None]
        return dataclasses.replace(clip, embedding=np.hstack([steps, steps**2]))

    data = ActionClips([clean(c) for c in noise.train], [clean(c) for c in noise.val])
    assert rows("phase_accuracy", data)["labels=1.0/classifier=svc_rbf"].value > 0.9
    assert rows("kendall_tau", data)["split=val/stride=2"].value > 0.9
    assert rows("retrieval", data)["k=5/average=frames"].value > 0.9
