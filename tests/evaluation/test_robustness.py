"""Scores on damaged keypoints against the verbs that make ordinary scores, and what is drawn of them."""

import dataclasses
import io
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from matplotlib.image import imread

from la2ds.__main__ import main
from la2ds.config import load_method
from la2ds.evaluation.corruption import corrupt
from la2ds.evaluation.resampling import recompute
from la2ds.evaluation.robustness import COLUMNS
from la2ds.formats.keypoints import Keypoints, KeypointShard, read_keypoints, write_keypoints
from la2ds.formats.labels import Labels, write_labels
from la2ds.formats.results.unit_tables import read_units, units_path
from la2ds.formats.videos import VIDEO_COLUMNS, write_videos
from la2ds.learning.model import new_model, save_weights
from la2ds.report.figures.robustness import average, read_levels
from tests.fixtures.gathering import collect

IDS = ["t0", "t1", "t2", "v0", "v1", "v2"]
PROTOCOL = {
    "label_fractions": [1.0],
    "classifiers": ["logreg"],
    "retrieval_k": [1],
    "alignment_sources": 2,
    "missing": [0.3],
    "noise": [0.1],
}
LEVELS = [("missing", 0.0), ("missing", 0.3), ("noise", 0.0), ("noise", 0.1)]
ENCODER = {"dim": 16, "heads": 2, "spatial_dim": 8, "frames": 6, "test_frames": 10, "test_stride": 2, "projection": 8}
METHODS = {
    "net": {"input": {"heatmaps": {"size": 16, "channels": "limbs"}}, "encoder": ENCODER},
    "points": {
        "input": {"kind": "coordinates", "coordinates": {"dims": 2, "normalise": "box"}},
        "encoder": {"kind": "coordinate_transformer", "dim": 0, "frames": 6, "test_frames": 10},
    },
    "pose": {"input": {"kind": "keypoints"}, "encoder": {"kind": "pose"}},
    "time": {"input": {"kind": "none"}, "encoder": {"kind": "time"}},
    "look": {"input": {"kind": "rgb", "pictures": {"size": 16}}, "encoder": {"kind": "rgb_transformer"}},
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six clips of one action, three of them for validation; some joints are missing already."""
    folder, rng = tmp_path_factory.mktemp("robustness"), np.random.default_rng(0)
    base, swing, clips, phases, rows = rng.uniform(100, 200, (13, 2)), rng.uniform(-60, 60, (13, 2)), {}, {}, []
    for n, name in enumerate(IDS):
        frames = 14 + n
        angle = np.linspace(0, np.pi, frames) ** rng.uniform(0.7, 1.4)
        position = base + np.sin(angle)[:, None, None] * swing + rng.normal(0, 2, (frames, 13, 2))
        confidence = rng.uniform(0.5, 1, (frames, 13)).astype(np.float32)
        gone = rng.random((frames, 13)) < 0.03
        position[gone], confidence[gone] = np.nan, 0
        clips[name] = Keypoints(position.astype(np.float32), confidence)
        phases[name] = np.digitize(angle / angle[-1], [0.3, 0.7])
        rows.append([name, "swing", "train" if name[0] == "t" else "val", "x", frames, 20.0, 320, 240, "swing_000"])
    write_videos(folder / "videos.csv", pd.DataFrame(rows, columns=VIDEO_COLUMNS))
    write_labels(folder / "labels.parquet", Labels(phases, "generator"))
    write_keypoints(folder / "k.parquet", KeypointShard(clips, "body13", "test/1"))
    (folder / "protocol.yaml").write_text(yaml.safe_dump(PROTOCOL))
    for name, content in METHODS.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({"label": name} | content))
        method = load_method(folder / f"{name}.yaml")
        if not method.is_control and method.input.kind != "rgb":
            save_weights(
                folder / f"{name}.safetensors", new_model(method, "body13", seed=1), method=method, skeleton="body13"
            )
    return folder


def command(study: Path, method: str, output: Path, *, keypoints: str = "k.parquet") -> list[str]:
    words = ["robustness", "--method", study / f"{method}.yaml", "--seed", 0, "--action", "swing", "--device", "cpu"]
    words += ["--videos", study / "videos.csv", "--labels", study / "labels.parquet"]
    words += ["--keypoints", study / keypoints, "--protocol", study / "protocol.yaml", "--output", output]
    if (study / f"{method}.safetensors").is_file():
        words += ["--weights", study / f"{method}.safetensors"]
    return [str(word) for word in words]


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, converters={"value": float})


def ordinary(study: Path, folder: Path, method: str, keypoints: Path) -> pd.DataFrame:
    """Score some keypoints by the verbs `heatmaps`, `embed` and `evaluate`."""
    seen, files = load_method(study / f"{method}.yaml").input, []
    if seen.uses_heatmaps:
        drawn = ["heatmaps", "--keypoints", keypoints, "--spec", seen.heatmaps.name, "--output", folder / "h.npz"]
        assert main([str(word) for word in drawn]) == 0
        files = ["--heatmaps", folder / "h.npz"]
    elif seen.kind != "none":
        files = ["--keypoints", keypoints]
    if (study / f"{method}.safetensors").is_file():
        files += ["--weights", study / f"{method}.safetensors"]
    embed = ["embed", "--method", study / f"{method}.yaml", "--seed", 0, "--action", "swing", "--device", "cpu"]
    embed += ["--videos", study / "videos.csv", *files, "--output", folder / "e.parquet"]
    evaluate = ["evaluate", "--videos", study / "videos.csv", "--labels", study / "labels.parquet"]
    evaluate += ["--embeddings", folder / "e.parquet", "--protocol", study / "protocol.yaml"]
    for words in (embed, [*evaluate, "--output", folder / "m.csv"]):
        assert main([str(word) for word in words]) == 0
    found = read(folder / "m.csv")
    return found[found.metric != "videos"].set_index(["metric", "variant"])


@pytest.mark.parametrize("method", ["net", "points", "pose", "time"])
def test_every_level_is_what_the_other_verbs_say_of_clips_damaged_beforehand(
    study: Path, tmp_path: Path, method: str
) -> None:
    """Validation clips alone are damaged: the probes would come out otherwise if training clips were, too."""
    assert main(command(study, method, tmp_path / "r.csv")) == 0
    table = read(tmp_path / "r.csv")
    assert table.columns.tolist() == COLUMNS
    assert list(dict.fromkeys(zip(table.corruption, table.level, strict=True))) == LEVELS
    assert table.commit.nunique() == 1 and table.commit.notna().all()
    counted = table[table.metric == "videos"]
    assert counted[["level", "variant", "value"]].to_numpy().tolist() == [
        [0, f"split={s}", 3] for s in ("train", "val")
    ]
    table = table[table.metric != "videos"]
    clean = read_keypoints(study / "k.parquet")
    for kind, level in LEVELS:
        clips = {
            v: corrupt(clip, v, kind=kind, level=level) if v.startswith("v") else clip
            for v, clip in clean.clips.items()
        }
        write_keypoints(tmp_path / "damaged.parquet", dataclasses.replace(clean, clips=clips))
        expected = ordinary(study, tmp_path, method, tmp_path / "damaged.parquet")
        found = table[(table.corruption == kind) & (table.level == level)].set_index(["metric", "variant"])
        assert found.index.tolist() == expected.index.tolist() and len(found) > 4
        for column in ("value", "n", "dropped"):
            np.testing.assert_array_equal(found[column], expected[column])
    flat = table.groupby(["metric", "variant"]).value.nunique(dropna=False) == 1
    assert flat.all() if method == "time" else not flat.all()


def test_nothing_but_validation_clips_is_damaged(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from la2ds.evaluation import robustness

    scored = []
    monkeypatch.setattr(robustness, "score_actions", lambda actions, protocol: scored.append(actions["swing"]) or {})
    assert main(command(study, "net", tmp_path / "r.csv")) == 0
    # Clips that nothing happened to are scored once.
    levels = [0.0, *(level for _, level in LEVELS if level)]
    assert len(scored) == len(levels)
    for level, clips in zip(levels, scored, strict=True):
        for split, ids in (("train", IDS[:3]), ("val", IDS[3:])):
            own, first = getattr(clips, split), getattr(scored[0], split)
            assert [clip.video_id for clip in own] == ids
            equal = [np.array_equal(a.embedding, b.embedding) for a, b in zip(own, first, strict=True)]
            assert equal == [split == "train" or level == 0] * 3


def test_clips_without_keypoints_are_left_out_and_named(
    study: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shard = read_keypoints(study / "k.parquet")
    fewer = {v: clip for v, clip in shard.clips.items() if v != "v1"}
    write_keypoints(study / "fewer.parquet", dataclasses.replace(shard, clips=fewer))
    counts = {}
    for method in ("time", "net"):
        assert main(command(study, method, tmp_path / "r.csv", keypoints="fewer.parquet")) == 0
        table = read(tmp_path / "r.csv")
        counts[method] = table.n[table.metric == "retrieval"].tolist()
    assert counts["time"] == counts["net"] == [17 + 19] * len(LEVELS)
    assert "1 of 6 videos have no keypoints: v1" in caplog.text


def test_scores_of_damage_are_collected_like_others_and_say_what_they_are_made_of(study: Path, tmp_path: Path) -> None:
    path = tmp_path / "toy/robustness/pose/swing/seed0.csv"
    units = units_path(path)
    assert main([*command(study, "pose", path), "--units", str(units)]) == 0
    assert collect([path], labels=study / "labels.parquet", folder=tmp_path) == 0
    errors = pd.read_csv(tmp_path / "alignment.csv")
    assert set(errors.protocol) == {"robustness"} and set(errors.method) == {"pose"}
    assert errors.variant[errors.variant.str.endswith("fraction")].tolist() == [
        f"{kind}={level:g}/unit=fraction" for kind, level in LEVELS
    ]
    assert pd.read_csv(tmp_path / "evaluated.csv").variant.tolist() == ["split=train", "split=val"]
    for row in errors.itertuples():
        (found,) = read_units(units, [("alignment_error", row.variant)]).values()
        assert recompute(found, np.ones((1, 3))) == pytest.approx(row.value)


def without(words: list[str], option: str) -> list[str]:
    where = words.index(option)
    return words[:where] + words[where + 2 :]


@pytest.mark.parametrize(
    ("method", "change", "message"),
    [
        ("net", lambda w: without(w, "--keypoints"), "--keypoints: expected shards to damage for input heatmaps"),
        ("pose", lambda w: without(w, "--keypoints"), "--keypoints: expected shards to damage for input keypoints"),
        ("net", lambda w: without(w, "--weights"), "net.yaml: expected --weights for a network, found none"),
        (
            "look",
            lambda w: [*w, "--weights", "any"],
            "look.yaml: expected a method that sees keypoints, found input rgb",
        ),
        ("net", lambda w: [*w, "--action", "jump"], "videos.csv: expected videos of action jump, found none"),
    ],
)
def test_what_cannot_be_damaged_is_refused_in_one_sentence(
    study: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, method: str, change: object, message: str
) -> None:
    assert main(change(command(study, method, tmp_path / "r.csv"))) == 2  # type: ignore[operator]
    (error,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert message in error and "\n" not in error
    assert not (tmp_path / "r.csv").exists()


@pytest.mark.parametrize(
    ("key", "value"), [("missing", [1.0]), ("missing", [0.0]), ("noise", [0]), ("noise", [0.1, -0.1])]
)
def test_impossible_levels_are_refused(
    study: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, key: str, value: list[float]
) -> None:
    (tmp_path / "p.yaml").write_text(yaml.safe_dump(PROTOCOL | {key: value}))
    words = command(study, "time", tmp_path / "r.csv")
    words[words.index("--protocol") + 1] = str(tmp_path / "p.yaml")
    assert main(words) == 2
    assert f"p.yaml: expected '{key}'" in caplog.text


ACCURACY = ("phase_accuracy", "labels=1.0/classifier=svc_rbf")
ERROR = ("alignment_error", "unit=fraction")
# method, action, seed -> accuracy and alignment error at each of the levels 0 and 0.2
SCORES = {
    ("time", "hop", 0): ((0.6, 0.10), (0.6, 0.10)),
    ("time", "lunge", 0): ((0.8, 0.20), (0.8, 0.20)),
    ("net", "hop", 0): ((0.9, 0.04), (0.5, 0.30)),
    ("net", "lunge", 0): ((0.7, 0.06), (0.4, math.nan)),
    ("net", "hop", 1): ((0.8, 0.02), (0.7, 0.10)),
    ("net", "lunge", 1): ((1.0, 0.04), (0.3, 0.20)),
}


@pytest.fixture
def scores(tmp_path: Path) -> list[str]:
    """Files as the verb `robustness` leaves them, and the methods' files."""
    paths = []
    for (method, action, seed), levels in SCORES.items():
        rows = []
        for kind in ("missing", "noise"):
            for level, values in zip((0.0, 0.2), levels, strict=True):
                for (metric, variant), value in zip((ACCURACY, ERROR), values, strict=True):
                    rows.append([kind, level, metric, variant, value, 9, 0, "abc1234"])
        path = tmp_path / method / action / f"seed{seed}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(rows, columns=COLUMNS).to_csv(path, index=False, na_rep="nan")
        paths.append(str(path))
    for name in ("time", "net"):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump({"label": f"Row {name}"} | METHODS[name]))
    return paths


def test_means_are_over_actions_and_then_over_seeds(scores: list[str]) -> None:
    table = average(read_levels(scores)).set_index(["method", "corruption", "level", "metric"])
    assert len(table) == 2 * 2 * 2 * 2
    for kind in ("missing", "noise"):
        # Seeds: (0.9 + 0.7) / 2 = 0.8 and (0.8 + 1.0) / 2 = 0.9; then 0.45 and 0.5.
        whole, damaged = (table.loc[("net", kind, level, ACCURACY[0])] for level in (0.0, 0.2))
        assert (whole.value, whole.spread) == pytest.approx((0.85, 0.1 / math.sqrt(2)))
        assert (damaged.value, damaged.spread) == pytest.approx((0.475, 0.05 / math.sqrt(2)))
        assert (whole.seeds, whole.actions) == (2, 2)
        assert table.loc[("net", kind, 0.0, ERROR[0])].value == pytest.approx(0.04)
        clock = table.loc[("time", kind, 0.2, ACCURACY[0])]
        assert clock.value == pytest.approx(0.7) and math.isnan(clock.spread) and clock.seeds == 1


def test_an_undefined_value_of_one_action_makes_the_mean_undefined(scores: list[str]) -> None:
    """Not a mean over what is left, which would be one over other actions."""
    table = average(read_levels(scores)).set_index(["method", "corruption", "level", "metric"])
    undefined = table[table.value.isna()]
    assert undefined.index.tolist() == [("net", kind, 0.2, ERROR[0]) for kind in ("missing", "noise")]
    assert (undefined.seeds == 2).all()


def draw(folder: Path, scores: list[str]) -> list[str]:
    outputs = ["--csv", str(folder / "out.csv"), "--output", str(folder / "out.png")]
    return ["draw_robustness", "--inputs", *scores, "--methods-dir", str(folder), "--reference", "time", *outputs]


def test_numbers_and_picture_are_written(scores: list[str], tmp_path: Path) -> None:
    assert main(draw(tmp_path, scores)) == 0
    text = (tmp_path / "out.csv").read_text()
    table = pd.read_csv(io.StringIO(text))
    assert table.columns.tolist() == [
        *("method", "corruption", "level", "metric", "variant"),
        *("value", "spread", "seeds", "actions"),
    ]
    assert list(dict.fromkeys(table.method)) == ["time", "net"]
    (undefined,) = [line for line in text.splitlines() if line.startswith("net,missing,0.2,alignment_error")]
    assert undefined.split(",")[5] == "nan"
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    pixels = imread(tmp_path / "out.png")[..., :3]
    assert min(pixels.shape[:2]) > 300
    blue, grey = (
        (np.abs(pixels - np.array(colour) / 255).max(-1) < 0.02).sum() for colour in ((0, 114, 178), (107, 114, 128))
    )
    assert blue > 100 and grey > 100  # the method, and the reference


def test_an_undefined_value_is_named_in_the_scores_themselves(study: Path, tmp_path: Path) -> None:
    """Tau of clips whose frames are all alike is not defined."""
    shard = read_keypoints(study / "k.parquet")
    still = {v: Keypoints(np.ones_like(c.position), np.ones_like(c.confidence)) for v, c in shard.clips.items()}
    write_keypoints(study / "still.parquet", dataclasses.replace(shard, clips=still))
    assert main(command(study, "pose", tmp_path / "r.csv", keypoints="still.parquet")) == 0
    lines = [line for line in (tmp_path / "r.csv").read_text().splitlines() if "missing,0.0,kendall_tau" in line]
    assert [line.split(",")[4] for line in lines if "split=val" in line] == ["nan"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.write_text("a,b\n1,2\n"), "expected columns corruption, level, metric"),
        (lambda path: path.write_text(""), "expected scores of damaged keypoints (CSV), found No columns"),
        (lambda path: path.unlink(), "expected scores of damaged keypoints (CSV), found"),
    ],
)
def test_other_files_are_refused(
    scores: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: object, message: str
) -> None:
    spoil(Path(scores[2]))  # type: ignore[operator]
    assert main(draw(tmp_path, scores)) == 2
    assert f"seed0.csv: {message}" in caplog.text
    assert not (tmp_path / "out.csv").exists() and not (tmp_path / "out.png").exists()


def test_a_path_must_say_method_action_and_seed(
    scores: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert main(draw(tmp_path, [str(tmp_path / "other.csv")])) == 2
    assert "other.csv: expected a path ending in {method}/{action}/seed{seed}.csv" in caplog.text
