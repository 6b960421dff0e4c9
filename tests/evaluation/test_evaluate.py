"""The verbs evaluate and collect, from files to files."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from la2ds.__main__ import main
from la2ds.config import TASKS
from la2ds.formats.embeddings import Embeddings, write_embeddings
from la2ds.formats.labels import Labels, write_labels
from la2ds.formats.videos import VIDEO_COLUMNS, write_videos
from tests.fixtures import gathering

PROTOCOL = "label_fractions: [0.5, 1.0]\nclassifiers: [logreg]\nretrieval_k: [1]\n"


@pytest.fixture
def study(tmp_path) -> Path:
    """Two actions of three train and two val videos each, ten frames, three phases; noise plus time as embedding."""
    rng = np.random.default_rng(0)
    ids = [f"{action}_{v}" for action in ("jump", "squat") for v in range(5)]
    lines = [[i, i[:-2], "val" if i[-1] > "2" else "train", "", 10, 25.0, 8, 8, "0000"] for i in ids]
    write_videos(tmp_path / "videos.csv", pd.DataFrame(lines, columns=VIDEO_COLUMNS))
    phases = {i: np.repeat([0, 1, 2], [3, 4, 3]) for i in ids}
    write_labels(tmp_path / "labels.parquet", Labels(phases, "generator"))
    clips = {i: rng.normal(size=(10, 2)) + np.arange(10)[:, None] / 2 for i in ids}
    write_embeddings(tmp_path / "all.parquet", Embeddings(clips, {"commit": "abc1234"}))
    for action in ("jump", "squat"):
        own = {i: c for i, c in clips.items() if i.startswith(action)}
        write_embeddings(tmp_path / f"{action}.parquet", Embeddings(own, {"commit": "abc1234"}))
    (tmp_path / "protocol.yaml").write_text(PROTOCOL)
    return tmp_path


def evaluate(study: Path, name: str, output: str = "out.csv") -> int:
    inputs = [
        "--videos",
        "videos.csv",
        "--labels",
        "labels.parquet",
        "--embeddings",
        name,
        "--protocol",
        "protocol.yaml",
    ]
    paths = [a if a.startswith("--") else str(study / a) for a in [*inputs, "--output", output]]
    return main(["evaluate", *paths])


def read(study: Path, name: str = "out.csv") -> pd.DataFrame:
    return pd.read_csv(study / name).set_index(["metric", "variant"])


def test_one_action(study):
    assert evaluate(study, "squat.parquet") == 0
    found = read(study)
    assert set(found.commit) == {"abc1234"}
    assert found.loc[("videos", "split=train"), ["value", "n", "dropped"]].tolist() == [3, 3, 0]
    assert found.loc[("phase_accuracy", "labels=1.0/classifier=logreg"), "n"] == 20
    assert [v for m, v in found.index if m == "phase_progression"] == ["labels=1.0", "labels=0.5"]


def test_several_actions_give_the_unweighted_mean(study):
    for name in ("jump", "squat", "all"):
        assert evaluate(study, f"{name}.parquet", f"{name}.csv") == 0
    jump, squat, both = (read(study, f"{n}.csv") for n in ("jump", "squat", "all"))
    metrics = [key for key in both.index if key[0] != "videos"]
    mean = (jump.value + squat.value)[metrics] / 2
    assert both.value[metrics].to_numpy() == pytest.approx(mean.to_numpy(), abs=1e-15, nan_ok=True)
    assert (both.n == jump.n + squat.n).all()


def test_values_are_written_in_full_and_undefined_ones_as_nan(study):
    clips = {f"squat_{v}": np.ones((10, 2)) for v in range(5)}
    write_embeddings(study / "flat.parquet", Embeddings(clips))
    assert evaluate(study, "flat.parquet") == 0
    with (study / "out.csv").open() as file:
        values = {(r["metric"], r["variant"]): r for r in csv.DictReader(file)}
    tau = values["kendall_tau", "split=val/stride=2"]
    assert (tau["value"], tau["n"], tau["dropped"]) == ("nan", "0", "2")
    assert values["phase_accuracy", "labels=1.0/classifier=logreg"]["value"] == "0.4"


def test_videos_without_embedding_are_counted_and_named(study, caplog):
    clips = {f"squat_{v}": np.random.default_rng(v).normal(size=(10, 2)) for v in (0, 2, 3, 4)}
    write_embeddings(study / "part.parquet", Embeddings(clips))
    assert evaluate(study, "part.parquet") == 0
    assert read(study).loc[("videos", "split=train"), ["value", "dropped"]].tolist() == [2, 1]
    assert "1 train videos have no embedding and are not scored: squat_1" in caplog.text


def rewrite(study: Path, change: dict[str, np.ndarray | None]) -> str:
    """Write squat's embeddings with some clips changed, or left out where None."""
    clips = {f"squat_{v}": np.ones((10, 2)) for v in range(5)} | change
    write_embeddings(study / "bad.parquet", Embeddings({k: c for k, c in clips.items() if c is not None}))
    return "bad.parquet"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"squat_3": np.ones((9, 2))}, "expected 10 frames of video squat_3, as in the videos table, found 9"),
        ({"walk_0": np.ones((9, 2))}, "expected videos of the videos table, found walk_0 (1 unknown)"),
    ],
)
def test_bad_embeddings_are_refused_in_one_sentence(study, caplog, change, message):
    assert evaluate(study, rewrite(study, change)) == 2
    assert f"bad.parquet: {message}" in caplog.text
    assert not (study / "out.csv").exists()


@pytest.mark.parametrize(
    ("without", "defined"),
    [
        ((3, 4), {"kendall_tau split=train"}),  # no val video: nothing but the order among train videos
        ((4,), {"kendall_tau split=train", "phase_accuracy", "phase_progression"}),  # one val video: no pair of them
        ((0, 1, 2), {"kendall_tau split=val", "retrieval", "alignment_error"}),  # no train video: no probe
        ((0, 1, 2, 3), set()),
    ],
)
def test_what_is_there_is_scored_and_the_rest_is_not_defined(study, caplog, without, defined):
    clips = {f"squat_{v}": np.random.default_rng(v).normal(size=(10, 2)) for v in range(5) if v not in without}
    write_embeddings(study / "part.parquet", Embeddings(clips))
    assert evaluate(study, "part.parquet") == 0
    scores = read(study).value.dropna()
    found = {metric if metric != "kendall_tau" else f"{metric} {variant[:-9]}" for metric, variant in scores.index}
    assert found - {"videos"} == defined
    assert ("has no val video of squat" in caplog.text) == (3 in without and 4 in without and 0 not in without)
    assert "is not defined" in caplog.text


def test_nan_in_foreign_embeddings_is_refused(study, caplog, monkeypatch):
    monkeypatch.setattr(np, "isfinite", lambda x: np.ones(np.shape(x), bool))
    name = rewrite(study, {"squat_1": np.full((10, 2), np.nan)})
    monkeypatch.undo()
    assert evaluate(study, name) == 2
    assert "expected finite embeddings, found 20 non-finite values in video squat_1" in caplog.text


def test_an_unknown_classifier_is_refused(study, caplog):
    (study / "protocol.yaml").write_text("classifiers: [forest]\n")
    assert evaluate(study, "squat.parquet") == 2
    assert (
        "protocol.yaml: expected 'classifiers' among svc_rbf, svc_rbf_auto, svc_linear, logreg, found forest"
        in caplog.text
    )


def metrics_path(study: Path, method: str, seed: int) -> str:
    path = study / f"results/toy/metrics/default/{method}/squat/seed{seed}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    return str(path)


def collect(study: Path, paths: list[str]) -> int:
    return gathering.collect(paths, labels=study / "labels.parquet", folder=study / "results/toy")


def test_collect_copies_every_number_into_its_task(study):
    paths = [metrics_path(study, "net", 10), metrics_path(study, "net", 2), metrics_path(study, "clock", 0)]
    for path in paths:
        assert evaluate(study, "squat.parquet", str(Path(path).relative_to(study))) == 0
    (study / "list.txt").write_text("\n".join(paths[1:]))
    assert collect(study, [paths[0], f"@{study / 'list.txt'}"]) == 0
    folder = study / "results/toy"
    assert {path.stem for path in folder.glob("*.csv")} == set(TASKS.values())
    table = pd.read_csv(folder / "kendall_tau.csv")
    assert list(zip(table.method, table.seed, strict=True))[::2] == [("clock", 0), ("net", 2), ("net", 10)]
    assert set(table.label_source) == {"generator"}
    assert (table.dataset + table.protocol + table.action + table.commit).unique() == ["toydefaultsquatabc1234"]
    text = Path(paths[0]).read_text().splitlines()
    tau = next(line for line in text if line.startswith("kendall_tau,split=val"))
    assert (
        f"toy,default,net,squat,10,{tau.rsplit(',', 1)[0]},generator,abc1234"
        in (folder / "kendall_tau.csv").read_text()
    )


def test_collect_refuses_other_paths_and_other_files(study, caplog):
    assert collect(study, [str(study / "videos.csv")]) == 2
    assert "expected a path ending in {dataset}/metrics/{protocol}/{method}/{action}/seed{seed}.csv" in caplog.text
    Path(metrics_path(study, "net", 0)).write_text("a,b\n")
    assert collect(study, [metrics_path(study, "net", 0)]) == 2
    assert "expected columns metric, variant, value, n, dropped, commit, found a, b" in caplog.text
