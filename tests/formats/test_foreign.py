"""Anybody's embeddings and labels: written by pandas, polars, NumPy or a spreadsheet, scored like our own."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from la2ds.__main__ import main
from la2ds.errors import InputError
from la2ds.formats.embeddings import Embeddings, read_embeddings, write_embeddings
from la2ds.formats.labels import Labels, read_labels, write_labels
from la2ds.formats.videos import VIDEO_COLUMNS, write_videos

IDS = [f"squat/{n}" for n in range(5)]
FRAMES = 8


@pytest.fixture
def clips() -> dict[str, np.ndarray]:
    """Numbers that half precision can hold, so that every way of writing them gives the same ones."""
    rng = np.random.default_rng(0)
    return {v: (rng.integers(-64, 64, size=(FRAMES, 3)) / 16).astype(np.float32) for v in IDS}


@pytest.fixture
def phases() -> dict[str, np.ndarray]:
    return {v: np.repeat([-1, 0, 1, 2], 2).astype(np.int16) for v in IDS}


def table_of(clips: dict[str, np.ndarray], kind: pa.DataType, *, shuffled: bool = False) -> pa.Table:
    ids = np.repeat(list(clips), FRAMES)
    frames, rows = np.tile(np.arange(FRAMES), len(clips)), np.concatenate(list(clips.values()))
    order = np.random.default_rng(1).permutation(len(rows)) if shuffled else np.arange(len(rows))
    values = pa.array([row.astype(np.float64).tolist() for row in rows[order]]).cast(kind)
    return pa.table({"video_id": ids[order].astype(object), "frame": frames[order], "embedding": values})


def wide(clips: dict[str, np.ndarray], prefix: str = "e") -> pd.DataFrame:
    keys = {"video_id": np.repeat(list(clips), FRAMES), "frame": np.tile(np.arange(FRAMES), len(clips))}
    values = np.concatenate(list(clips.values()))
    return pd.DataFrame(keys | {f"{prefix}{n}": values[:, n] for n in range(values.shape[1])})


def same(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> bool:
    return set(found) == set(wanted) and all(np.array_equal(found[v], wanted[v]) for v in wanted)


@pytest.mark.parametrize("number", [pa.float16(), pa.float32(), pa.float64()])
@pytest.mark.parametrize("lists", [pa.list_, pa.large_list, lambda kind: pa.list_(kind, 3)])
@pytest.mark.parametrize("shuffled", [False, True])
def test_plain_parquet_with_any_kind_of_list(tmp_path, clips, number, lists, shuffled):
    pq.write_table(table_of(clips, lists(number), shuffled=shuffled), tmp_path / "e.parquet", row_group_size=7)
    found = read_embeddings(tmp_path / "e.parquet", dict.fromkeys(IDS, FRAMES))
    assert same(found.clips, clips)
    assert all(clip.dtype == np.float32 for clip in found.clips.values())
    assert found.metadata == {}


@pytest.mark.parametrize("prefix", ["e", "embedding_", ""])
def test_a_column_for_each_number(tmp_path, clips, prefix):
    wide(clips, prefix).to_parquet(tmp_path / "e.parquet")
    assert same(read_embeddings(tmp_path / "e.parquet").clips, clips)


@pytest.mark.parametrize(("sep", "decimal"), [(",", "."), (";", ","), (";", "."), ("\t", ",")])
def test_csv_of_any_country(tmp_path, clips, sep, decimal):
    wide(clips).to_csv(tmp_path / "e.csv", index=False, sep=sep, decimal=decimal, encoding="utf-8-sig")
    assert same(read_embeddings(tmp_path / "e.csv").clips, clips)


def test_arrays_of_numpy(tmp_path, clips):
    np.savez_compressed(tmp_path / "e.npz", **clips)
    for video_id, clip in clips.items():
        (tmp_path / "e" / video_id).parent.mkdir(parents=True, exist_ok=True)
        np.save(tmp_path / "e" / f"{video_id}.npy", clip.astype(np.float64))
    assert same(read_embeddings(tmp_path / "e.npz").clips, clips)
    assert same(read_embeddings(tmp_path / "e").clips, clips)


@pytest.mark.parametrize("way", ["parquet", "csv"])
def test_labels_of_anybody_are_human(tmp_path, phases, way):
    table = pd.DataFrame(
        {
            "video_id": np.repeat(IDS, FRAMES),
            "frame": np.tile(np.arange(FRAMES), len(IDS)),
            "phase": np.concatenate(list(phases.values())).astype(float),
        }
    ).sample(frac=1, random_state=0)
    file = tmp_path / f"l.{way}"
    table.to_parquet(file) if way == "parquet" else table.to_csv(file, index=False, sep=";", decimal=",")
    found = read_labels(file)
    assert same(found.phases, phases)
    assert (found.source, found.phases[IDS[0]].dtype) == ("human", np.int16)


def test_scores_are_those_of_our_own_format(tmp_path, clips, phases):
    lines = [[v, "squat", "val" if v > "squat/2" else "train", "", FRAMES, 25.0, 8, 8, "s_000"] for v in IDS]
    write_videos(tmp_path / "videos.csv", pd.DataFrame(lines, columns=VIDEO_COLUMNS))
    (tmp_path / "protocol.yaml").write_text("label_fractions: [1.0]\nclassifiers: [logreg]\nretrieval_k: [1]\n")
    write_embeddings(tmp_path / "own.parquet", Embeddings(clips))
    write_labels(tmp_path / "own_labels.parquet", Labels(phases, "human"))
    pq.write_table(table_of(clips, pa.large_list(pa.float64()), shuffled=True), tmp_path / "foreign.parquet")
    labels = pd.DataFrame({"Frame": np.tile(np.arange(FRAMES), len(IDS)), "Video_ID": np.repeat(IDS, FRAMES)})
    labels.assign(Phase=np.concatenate(list(phases.values()))).to_csv(tmp_path / "foreign.csv", index=False, sep=";")
    for labels_file, file, output in (
        ("own_labels.parquet", "own.parquet", "a.csv"),
        ("foreign.csv", "foreign.parquet", "b.csv"),
    ):
        options = {"videos": "videos.csv", "labels": labels_file, "embeddings": file, "protocol": "protocol.yaml"}
        paths = [part for key, name in (options | {"output": output}).items() for part in (f"--{key}", tmp_path / name)]
        assert main(["evaluate", *map(str, paths)]) == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def put_at(table: pd.DataFrame, column: str, value: object) -> pd.DataFrame:
    changed = table.astype({column: object})
    changed.at[4, column] = value
    return changed


ODD = {
    "no frame": lambda table: table.drop(columns="frame"),
    "no embedding": lambda table: table.rename(columns={"embedding": "vector"}),
    "doubled": lambda table: pd.concat([table, table.iloc[[3]]]),
    "gap": lambda table: table.drop(index=3),
    "text": lambda table: table.assign(embedding="1 2 3"),
    "scalar": lambda table: table.assign(embedding=0.5),
    "ragged": lambda table: put_at(table, "embedding", [1.0]),
    "empty cell": lambda table: put_at(table, "embedding", None),
    "1e30": lambda table: put_at(table, "embedding", [1e30, 0.0, 0.0]),
    "inf": lambda table: put_at(table, "embedding", [np.inf, 0.0, 0.0]),
    "nan": lambda table: put_at(table, "embedding", [np.nan, 0.0, 0.0]),
    "nameless": lambda table: put_at(table, "video_id", None),
    "half a frame": lambda table: table.assign(frame=table.frame + 0.5),
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("no frame", "expected columns video_id, frame, embedding, found no frame among 'video_id', 'embedding'"),
        ("no embedding", "columns video_id, frame, embedding, found no embedding among 'video_id', 'frame', 'vector'"),
        ("doubled", "expected frames 0, 1, 2, ... of video squat/0 together, found frame 3 in place of 4"),
        ("gap", "expected frames 0, 1, 2, ... of video squat/0 together, found frame 4 in place of 3"),
        ("text", "expected a list of numbers in every row of column embedding, found (large_)?string"),
        ("scalar", "expected a list of numbers in every row of column embedding, found double"),
        ("ragged", "expected lists of one length in column embedding, found lengths 1, 3"),
        ("empty cell", "expected a list of numbers in every row of column embedding, found 1 empty rows"),
        ("1e30", r"expected embeddings of at most 1e\+15, found 1e\+30 in video squat/0"),
        ("inf", "expected finite embeddings, found 1 non-finite values in video squat/0"),
        ("nan", "expected finite embeddings, found 1 non-finite values in video squat/0"),
        ("nameless", "expected a name in every row of column video_id, found none in row 4"),
        ("half a frame", "expected whole numbers from 0 to 2147483647 in column frame, found 0.5 in row 0"),
    ],
)
def test_what_is_wrong_is_said_with_the_columns_name(tmp_path, clips, change, message):
    ODD[change](table_of(clips, pa.list_(pa.float64())).to_pandas()).to_parquet(tmp_path / "e.parquet")
    with pytest.raises(InputError, match=f"e.parquet: .*{message}$"):
        read_embeddings(tmp_path / "e.parquet")


def test_columns_of_numbers_must_be_all_there(tmp_path, clips):
    wide(clips).drop(columns="e1").to_csv(tmp_path / "e.csv", index=False)
    with pytest.raises(InputError, match=r"a column for each number .*, called e0, e1, e2, ..., found e0, e2$"):
        read_embeddings(tmp_path / "e.csv")
    wide(clips).assign(e1="x").to_parquet(tmp_path / "e.parquet")
    with pytest.raises(InputError, match="expected numbers in column e1, found"):
        read_embeddings(tmp_path / "e.parquet")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones(4), r"a vector of numbers for every frame, found float64 of shape \(4,\) for video squat/0"),
        (np.ones((4, 2), complex), "a vector of numbers for every frame, found complex128"),
        (np.ones((4, 5)), "embeddings of one length, found 3 and 5"),
        (np.array([[object()]]), "expected arrays of numbers"),
    ],
)
def test_odd_arrays(tmp_path, clips, array, message):
    np.savez(tmp_path / "e.npz", **{**clips, "squat/0": array})
    with pytest.raises(InputError, match=message):
        read_embeddings(tmp_path / "e.npz")


def test_no_arrays_and_other_lengths(tmp_path, clips):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="expected arrays of numbers, one for each video, found none"):
        read_embeddings(tmp_path / "empty")
    np.savez(tmp_path / "e.npz", **clips)
    with pytest.raises(InputError, match="expected 9 frames of video squat/3, as in the videos table, found 8"):
        read_embeddings(tmp_path / "e.npz", {"squat/3": 9})
    with pytest.raises(InputError, match="no such file"):
        read_embeddings(tmp_path / "missing.parquet")


def test_a_column_that_is_there_twice(tmp_path):
    names = ["video_id", "frame", "phase", "phase"]
    columns = [pa.array(["a"]), pa.array([0]), pa.array([0]), pa.array([1])]
    pq.write_table(pa.Table.from_arrays(columns, names=names), tmp_path / "l.parquet")
    with pytest.raises(InputError, match=r"l.parquet: expected column phase once, found 2 of that name"):
        read_labels(tmp_path / "l.parquet")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("a,0,down\n", r"expected a number in every row of column phase, found 'down' in line 2"),
        ("a,0,1\na,1,\n", r"expected a number in every row of column phase, found '' in line 3"),
        ("", "expected a row for every frame, found none"),
    ],
)
def test_cells_of_a_table_that_are_no_numbers(tmp_path, rows, message):
    (tmp_path / "l.csv").write_text("video_id,frame,phase\n" + rows)
    with pytest.raises(InputError, match=f"l.csv: {message}"):
        read_labels(tmp_path / "l.csv")


def test_one_array_names_no_video(tmp_path):
    np.save(tmp_path / "e.npy", np.ones((4, 2)))
    with pytest.raises(InputError, match=r"e.npy: expected an .npz file, or a folder of .* found one array, which"):
        read_embeddings(tmp_path / "e.npy")


def test_a_schema_of_ours_stays_strict(tmp_path, clips):
    table = table_of(clips, pa.list_(pa.float32()), shuffled=True)
    own = table.replace_schema_metadata({b"la2ds.schema": b"embeddings/1"})
    pq.write_table(own, tmp_path / "e.parquet")
    with pytest.raises(InputError, match="expected frames 0, 1, 2"):
        read_embeddings(tmp_path / "e.parquet")
    pq.write_table(own.replace_schema_metadata({b"la2ds.schema": b"embeddings/2"}), tmp_path / "e.parquet")
    with pytest.raises(InputError, match=r"expected la2ds\.schema embeddings/1, found la2ds\.schema embeddings/2"):
        read_embeddings(tmp_path / "e.parquet")


def test_the_inputs_that_failed(shared_data: Path):
    folder = shared_data / "data" / "failing" / "attack"
    if not folder.is_dir():
        pytest.skip("the failing inputs are not here")
    files = sorted([*folder.glob("*-embedding-*/e.parquet"), *folder.glob("11-labels/*.parquet")])
    assert len(files) == 10
    for file in files:
        reader = read_labels if "labels" in str(file) else read_embeddings
        if "list-float" in str(file):
            assert len(reader(file).clips) == 8
            continue
        with pytest.raises(InputError, match=r"expected .*, found .*"):
            reader(file)
