"""The verb ``align``: the path is the cheapest, its deviation is counted by hand, and two cameras agree."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from la2ds.__main__ import main
from la2ds.evaluation.align import COLUMNS, deviation, frame_costs, match_frames
from la2ds.formats.embeddings import Embeddings, write_embeddings

RNG = np.random.default_rng(0)


def slowest_path(cost: np.ndarray) -> float:
    """Sum of the cheapest path, by trying every step from every cell."""
    total = np.full((cost.shape[0] + 1, cost.shape[1] + 1), np.inf)
    total[0, 0] = 0
    for i, j in np.ndindex(*cost.shape):
        total[i + 1, j + 1] = cost[i, j] + min(total[i, j], total[i, j + 1], total[i + 1, j])
    return float(total[-1, -1])


@pytest.fixture
def embeddings(tmp_path: Path) -> Path:
    """A motion, the same three frames later with a wait in the middle, and one that has a frame of zeros."""
    motion = np.cumsum(RNG.uniform(0.5, 1.5, size=(20, 2)), axis=0)
    clips = {
        "b": motion[[0, 0, 0, *range(10), 9, 9, *range(10, 20)]],
        "a": motion,
        "zero": np.concatenate([motion[:4], np.zeros((1, 2)), motion[4:]]),
    }
    write_embeddings(tmp_path / "e.parquet", Embeddings({k: v.astype(np.float32) for k, v in clips.items()}, {}))
    return tmp_path / "e.parquet"


def align(file: Path, *options: str) -> pd.DataFrame:
    output = file.parent / "path.csv"
    assert main(["align", "--embeddings", str(file), "--output", str(output), *options]) == 0
    return pd.read_csv(output)


@pytest.mark.parametrize("kind", ["squared", "cosine"])
def test_the_path_is_the_cheapest(kind):
    cost = frame_costs(RNG.normal(size=(9, 3)), RNG.normal(size=(7, 3)), kind=kind)
    path = match_frames(cost)
    assert path[0].tolist() == [0, 0] and path[-1].tolist() == [8, 6]
    steps = np.diff(path, axis=0)
    assert set(map(tuple, steps.tolist())) <= {(0, 1), (1, 0), (1, 1)}
    assert cost[tuple(path.T)].sum() == pytest.approx(slowest_path(cost))


def test_costs_are_what_their_names_say():
    first, second = np.array([[3.0, 4.0], [0.0, 2.0]]), np.array([[3.0, 4.0], [6.0, 8.0], [-4.0, 3.0]])
    np.testing.assert_allclose(frame_costs(first, second, kind="squared")[0], [0, 25, 50])
    np.testing.assert_allclose(frame_costs(first, second, kind="cosine")[0], [0, 0, 1], atol=1e-12)


def test_deviation_by_hand():
    assert deviation(np.array([[0, 0], [1, 0], [2, 1], [3, 3]])) == 0.5


def test_a_clip_against_itself_is_the_identity(embeddings, caplog):
    with caplog.at_level("INFO"):
        path = align(embeddings, "--clips", "a", "a")
    assert path.first_frame.tolist() == path.second_frame.tolist() == list(range(20))
    assert (path.cost == 0).all()
    assert "mean absolute deviation from the identity: 0.000 frames" in caplog.text


def test_a_wait_is_found(embeddings, caplog):
    with caplog.at_level("INFO"):
        path = align(embeddings)  # the first two by name
    assert list(path.columns) == COLUMNS
    assert set(path["first"]) == {"a"} and set(path["second"]) == {"b"}
    assert (path.cost < 1e-9).all()
    found = path.groupby("second_frame").first_frame.first().tolist()
    assert found == [0, 0, 0, *range(10), 9, 9, *range(10, 20)]
    assert (
        f"mean absolute deviation from the identity: {np.mean(np.abs(path.first_frame - path.second_frame)):.3f}"
        in (caplog.text)
    )


def test_clips_may_change_places(embeddings):
    path, back = align(embeddings, "--clips", "a", "b"), align(embeddings, "--clips", "b", "a")
    assert path.first_frame.tolist() == back.second_frame.tolist()
    assert path.second_frame.tolist() == back.first_frame.tolist()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--clips", "a", "c"), "e.parquet: expected clips among a, b, zero, found 'c'"),
        (
            ("--clips", "a", "zero", "--cost", "cosine"),
            "e.parquet: expected embeddings of zero other than 0, which have a cosine, found 0 in frame 4",
        ),
    ],
)
def test_bad_input_is_one_sentence(embeddings, caplog, options, message):
    output = embeddings.parent / "path.csv"
    assert main(["align", "--embeddings", str(embeddings), "--output", str(output), *options]) == 2
    assert message in caplog.text
    assert not output.exists()


def test_one_clip_is_refused(tmp_path, caplog):
    write_embeddings(tmp_path / "e.parquet", Embeddings({"a": np.ones((3, 1), np.float32)}, {}))
    assert main(["align", "--embeddings", str(tmp_path / "e.parquet"), "--output", str(tmp_path / "p.csv")]) == 2
    assert "e.parquet: expected embeddings of two clips, found 1" in caplog.text
