"""What metrics are made of: it adds up to the metrics, and goes through its file unchanged."""

import numpy as np
import pytest

from la2ds.config import ProtocolConfig
from la2ds.errors import InputError
from la2ds.evaluation.metrics import METRICS
from la2ds.evaluation.metrics.clips import ActionClips, Clip
from la2ds.evaluation.resampling import recompute
from la2ds.formats.results.metrics import Row
from la2ds.formats.results.unit_tables import read_units, write_units
from la2ds.formats.results.units import ALONE
from tests.fixtures.metric_clips import f1, random_clips

BRIEF = ProtocolConfig(label_fractions=(0.5, 1.0), classifiers=("logreg", "svc_rbf"))


def spoilt() -> ActionClips:
    """Clips with background frames, an absent phase and one clip that is background all through."""
    data = random_clips(seed=4)
    clips = data.val
    clips[0].phases[:4] = -1
    clips[1].phases[clips[1].phases == 0] = 1
    clips.append(Clip("zz", clips[2].embedding.copy(), np.full(len(clips[2].phases), -1), 25.0))
    return data


def all_rows(data: ActionClips, protocol: ProtocolConfig) -> list[Row]:
    """Score; milliseconds are not defined in F1, whose frame rate is unknown."""
    rows = [row for function in METRICS.values() for row in function(data, protocol)]
    few = "/sources=5"  # than six videos
    return [row for row in rows if not (np.isnan(row.value) and (row.variant == "unit=ms" or few in row.variant))]


@pytest.mark.parametrize(
    ("make", "protocol"),
    [
        (f1, BRIEF),
        (spoilt, BRIEF),
        (spoilt, ProtocolConfig(classifiers=("logreg",), drop_background=False, retrieval_average="videos")),
    ],
)
def test_they_add_up_to_the_value(make, protocol):
    found = all_rows(make(), protocol)
    assert len(found) > 10
    for row in found:
        assert row.units is not None, row
        value = recompute(row.units, np.ones((1, len(row.units.ids))))
        assert value == pytest.approx(row.value, abs=1e-9), row.variant
        if row.metric in ("phase_accuracy", "kendall_tau"):
            whole = row.units.n.sum() == row.n
            assert whole, row.variant


def test_pairs_are_of_two_videos_and_single_videos_of_none():
    for row in all_rows(f1(), BRIEF):
        paired = row.metric in ("kendall_tau", "alignment_error") and "sources" not in row.variant
        assert ((row.units.other != ALONE) == paired).all()
        assert (row.units.video != row.units.other).all()


def test_an_undefined_metric_has_none():
    clips = [Clip(str(n), np.ones((6, 2)), np.repeat([0, 1], 3), 25.0) for n in range(3)]
    rows = {row.metric + row.variant: row for row in all_rows(ActionClips(clips, list(clips)), BRIEF)}
    assert np.isnan(rows["kendall_tausplit=val/stride=2"].value)
    assert rows["kendall_tausplit=val/stride=2"].units is None


def test_they_go_through_a_file_unchanged(tmp_path):
    rows = {"pitch": all_rows(f1(), BRIEF), "swing": all_rows(spoilt(), BRIEF)}
    write_units(tmp_path / "u.parquet", rows, commit="abc1234")
    wanted = [(row.metric, row.variant) for row in rows["swing"]]
    found = read_units(tmp_path / "u.parquet", wanted)
    assert len(found) == len(rows["pitch"]) + len(rows["swing"])
    for action, own in rows.items():
        for row in own:
            units = found[action, row.metric, row.variant]
            value = recompute(units, np.ones((1, len(units.ids))))
            assert value == pytest.approx(row.value, abs=1e-9)
            assert {units.ids[v] for v in units.video} == {row.units.ids[v] for v in row.units.video}
    assert list(read_units(tmp_path / "u.parquet", [("retrieval", "k=5/average=frames")])) == [
        (action, "retrieval", "k=5/average=frames") for action in rows
    ]


def test_nothing_scored_is_a_file_too_and_another_file_is_refused(tmp_path):
    write_units(tmp_path / "u.parquet", {"a": [Row("videos", "split=val", 3.0, 3, 0)]}, commit="")
    assert read_units(tmp_path / "u.parquet", [("videos", "split=val")]) == {}
    with pytest.raises(InputError, match="expected a Parquet file, found no such file"):
        read_units(tmp_path / "none.parquet", [])
