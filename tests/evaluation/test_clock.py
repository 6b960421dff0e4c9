import numpy as np
import pandas as pd
import pytest

from la2ds.__main__ import main as la2ds
from la2ds.config import ProtocolConfig
from la2ds.evaluation.clock import clock_clips, say, without_classifiers
from la2ds.evaluation.evaluate import score
from la2ds.evaluation.metrics.clips import ActionClips, Clip
from la2ds.formats.results.metrics import Row


def clips(embed):
    """Two phases whose border lies anywhere; the embedding says how far off it is, or nothing but the clock."""
    rng = np.random.default_rng(0)
    parts = {}
    for split in ("train", "val"):
        parts[split] = []
        for number in range(4):
            border = int(rng.integers(8, 30))
            t = np.arange(40)
            parts[split].append(Clip(f"{split}{number}", embed(t, border), (t > border).astype(int), 25.0))
    return {"wave": ActionClips(**parts)}


def knows_the_border(t, border):
    return np.stack([t - border, np.sign(t - border - 0.5)], axis=1).astype(np.float32)


def test_the_clocks_own_scores_are_never_better_than_the_clock():
    actions = clips(lambda t, border: (t / 40).astype(np.float32)[:, None])
    rows = score(actions, ProtocolConfig())
    first, second = say(rows, score(clock_clips(actions), without_classifiers(ProtocolConfig())))
    assert "alignment error" in first and second.startswith("Not better than the clock in any")


def test_an_embedding_that_knows_more_is_said_to():
    actions = clips(knows_the_border)
    first, second = say(score(actions, ProtocolConfig()), score(clock_clips(actions), ProtocolConfig()))
    assert "alignment error 0.0 %" in first
    assert second.startswith("Better than the clock in") and "alignment error" in second


def test_values_that_are_not_defined_are_left_out():
    nothing = [Row("alignment_error", "unit=fraction", float("nan"), 0, 0)]
    assert say(nothing, nothing)[0].startswith("No score beside the clock's")


@pytest.mark.parametrize(("own", "other", "better"), [(0.04, 0.08, True), (0.08, 0.04, False)])
def test_a_smaller_error_is_better(own, other, better):
    rows = [[Row("alignment_error", "unit=fraction", value, 1, 0)] for value in (own, other)]
    assert say(*rows)[1].startswith("Better") == better


def test_what_is_wrong_with_labels_is_told_once(tmp_path, caplog):
    """Of videos without any label five metrics and the clock's five complain, each of them for several variants."""
    ids = ["v1", "v2", "v3", "v4"]
    table = {"video_id": ids, "action": "wave", "split": ["train", "train", "val", "val"], "source": "x", "frames": 30}
    pd.DataFrame(table | {"fps": 20, "width": 9, "height": 9, "shard": "s"}).to_csv(tmp_path / "v.csv", index=False)
    rows = pd.DataFrame([(v, t, -1) for v in ids for t in range(30)], columns=["video_id", "frame", "phase"])
    rows.to_csv(tmp_path / "l.csv", index=False)
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "e.npz", **{v: rng.standard_normal((30, 4)).astype(np.float32) for v in ids})
    files = {"videos": "v.csv", "labels": "l.csv", "embeddings": "e.npz", "output": "m.csv"}
    words = [word for name, file in files.items() for word in (f"--{name}", str(tmp_path / file))]
    for _ in range(2):
        caplog.clear()
        assert la2ds(["evaluate", *words, "--protocol", "default"]) == 0
        told = caplog.messages
        assert "retrieval: nothing to search in, since 0 val videos have frames" in told
        assert "wave: alignment_error unit=ms is not defined" in told
        assert len(told) == len(set(told))
