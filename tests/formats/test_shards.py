"""Shards that do not fit their own metadata or the videos table: one sentence each, and no other kind of error."""

import io
import tempfile
import weakref
import zipfile
from pathlib import Path

import hypothesis.extra.numpy as arrays
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from la2ds.errors import InputError
from la2ds.formats import embeddings, heatmaps
from la2ds.formats.embeddings import Embeddings, read_embeddings, stream_embeddings, write_embeddings
from la2ds.formats.features import read_features, write_features
from la2ds.formats.heatmaps import HeatmapShard, read_heatmaps, write_drawn, write_heatmaps
from la2ds.formats.keypoints import Keypoints, KeypointShard, read_keypoints, write_keypoints
from la2ds.formats.labels import LABEL_SOURCES, Labels, read_labels, write_labels
from la2ds.formats.skeletons import SKELETONS

SPEC = "joints_p8_s060_b110"
READERS = {
    "k.parquet": read_keypoints,
    "e.parquet": read_embeddings,
    "l.parquet": read_labels,
    "f.parquet": read_features,
    "h.npz": read_heatmaps,
}
NAMES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=6)
LENGTHS = st.dictionaries(NAMES, st.integers(1, 4), max_size=3)
QUICK = settings(max_examples=60, deadline=None)


def numbers(shape: tuple[int, ...], low: float, high: float) -> st.SearchStrategy[np.ndarray]:
    return arrays.arrays(np.float32, shape, elements=st.floats(low, high, width=32))


@st.composite
def keypoint_shards(draw: st.DrawFn) -> KeypointShard:
    name, dims = draw(st.sampled_from(sorted(SKELETONS))), draw(st.sampled_from([2, 3]))
    joints, clips = len(SKELETONS[name].joints), {}
    for video_id, frames in draw(LENGTHS).items():
        position = draw(numbers((frames, joints, dims), -999936, 999936))
        missing = draw(arrays.arrays(bool, (frames, joints)))
        position[missing] = np.nan
        clips[video_id] = Keypoints(position, np.where(missing, 0, draw(numbers((frames, joints), 0, 1))))
    return KeypointShard(clips, name, "test/1", dims, {"note": draw(NAMES)})


def write_all(folder: Path) -> None:
    """Write one sound shard of each kind, of two videos of four frames."""
    rng, ids = np.random.default_rng(0), ("a", "b")
    poses = {v: Keypoints(rng.uniform(0, 99, (4, 13, 2)).astype(np.float32), np.full((4, 13), 0.5)) for v in ids}
    write_keypoints(folder / "k.parquet", KeypointShard(poses, "body13", "test/1"))
    write_embeddings(folder / "e.parquet", Embeddings({v: rng.normal(size=(4, 3)) for v in ids}, {"commit": "1"}))
    write_labels(folder / "l.parquet", Labels({v: np.arange(-1, 3).astype(np.int16) for v in ids}, "human"))
    with write_features(folder / "f.parquet", spec="s", channels=3, grid=2, metadata={"model": "m"}) as writer:
        for video_id in ids:
            writer.add(video_id, rng.normal(size=(4, 3, 2, 2)))
    maps = {v: np.zeros((4, 13, 8, 8), np.uint8) for v in ids}
    write_heatmaps(folder / "h.npz", HeatmapShard(maps, SKELETONS["body13"].joints, 0.6, "body13", SPEC))


@pytest.fixture
def folder(tmp_path):
    write_all(tmp_path)
    return tmp_path


@QUICK
@given(keypoint_shards())
def test_keypoints_come_back_as_they_were(shard):
    with tempfile.TemporaryDirectory() as name:
        write_keypoints(Path(name, "k.parquet"), shard)
        found = read_keypoints(Path(name, "k.parquet"))
    assert (found.skeleton, found.dims, found.metadata) == (shard.skeleton, shard.dims, shard.metadata)
    assert list(found.clips) == list(shard.clips)
    for video_id, clip in shard.clips.items():
        np.testing.assert_array_equal(found.clips[video_id].position, clip.position)
        np.testing.assert_array_equal(found.clips[video_id].confidence, clip.confidence)


@QUICK
@given(LENGTHS.filter(bool), st.integers(1, 5), st.sampled_from(LABEL_SOURCES), st.data())
def test_embeddings_and_labels_come_back_as_they_were(lengths, size, source, data):
    clips = {v: data.draw(numbers((t, size), -(2.0**49), 2.0**49)) for v, t in lengths.items()}
    phases = {v: data.draw(arrays.arrays(np.int16, t, elements=st.integers(-1, 32767))) for v, t in lengths.items()}
    with tempfile.TemporaryDirectory() as name:
        write_embeddings(Path(name, "e.parquet"), Embeddings(clips))
        write_labels(Path(name, "l.parquet"), Labels(phases, source))
        embedded, labels = read_embeddings(Path(name, "e.parquet"), lengths), read_labels(Path(name, "l.parquet"))
    assert labels.source == source
    for found, wanted in ((embedded.clips, clips), (labels.phases, phases)):
        assert list(found) == list(wanted)
        for video_id, clip in wanted.items():
            np.testing.assert_array_equal(found[video_id], clip)


@QUICK
@given(st.sampled_from(sorted(READERS)), st.integers(0, 10**6), st.binary(min_size=1, max_size=40))
def test_damaged_bytes_are_refused_or_harmless(name, place, damage):
    """What a reader gives of a damaged file is sound, or it says so; the file is never believed half."""
    with tempfile.TemporaryDirectory() as folder:
        write_all(Path(folder))
        content = bytearray(Path(folder, name).read_bytes())
        place %= len(content)
        content[place : place + len(damage)] = damage
        Path(folder, name).write_bytes(content)
        refused_or_sound(name, folder)


def refused_or_sound(name: str, folder: str) -> None:
    try:
        clips = list(getattr(READERS[name](Path(folder, name)), "clips", {}).values())
    except InputError:
        return
    parts = [(c.position, c.confidence) if name == "k.parquet" else (c,) for c in clips]
    for part in [array for clip in parts for array in clip]:
        assert not np.isinf(part.astype(np.float64)).any()


CELLS = st.one_of(
    st.none(), st.integers(-(2**40), 2**40), st.floats(), st.text(max_size=3), st.lists(st.floats(width=32), max_size=3)
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(set(READERS) - {"h.npz"})),
    st.dictionaries(st.sampled_from(["skeleton", "dims", "label_source", "grid", "channels", "schema"]), st.binary()),
    st.integers(0, 3),
    CELLS,
)
def test_other_metadata_and_columns_are_refused_or_harmless(name, metadata, column, cell):
    with tempfile.TemporaryDirectory() as folder:
        write_all(Path(folder))
        table = pq.read_table(Path(folder, name))
        entries = table.schema.metadata | {f"la2ds.{key}".encode(): value for key, value in metadata.items()}
        if column < table.num_columns:
            changed = pa.array([cell] * table.num_rows)
            table = table.set_column(column, table.column_names[column], changed)
        else:
            table = table.drop_columns([table.column_names[0]])
        pq.write_table(table.replace_schema_metadata(entries), Path(folder, name))
        refused_or_sound(name, folder)


@pytest.mark.parametrize("name", sorted(READERS))
def test_frames_are_those_of_the_videos_table(folder, name):
    READERS[name](folder / name, {"a": 4, "b": 4, "c": 9})
    with pytest.raises(InputError, match=f"{name}: expected 5 frames of video b, as in the videos table, found 4"):
        READERS[name](folder / name, {"a": 4, "b": 5})


def change(file: Path, **columns: object) -> None:
    """Change columns by name, or metadata by ``meta_`` and its name."""
    table = pq.read_table(file)
    entries = dict(table.schema.metadata)
    for key, value in columns.items():
        if key.startswith("meta_"):
            entries[f"la2ds.{key[5:]}".encode()] = value if isinstance(value, bytes) else str(value).encode()
        else:
            table = table.set_column(table.column_names.index(key), key, pa.array(value))
    pq.write_table(table.replace_schema_metadata(entries), file)


def rows(size: int, value: float, *, first: float | None = None) -> list[list[float]]:
    filled = np.full((8, size), float(value))
    filled[0, 0] = value if first is None else first
    return filled.tolist()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"meta_dims": "two"}, r"expected la2ds.dims 2 or 3 in the metadata, found 'two'"),
        ({"meta_dims": "3"}, r"expected 39 numbers in each row of column keypoints, found 26"),
        ({"meta_skeleton": "coco17"}, r"expected 34 numbers in each row of column keypoints, found 26"),
        ({"meta_skeleton": "octopus8"}, r"expected la2ds.skeleton body13, .*, found 'octopus8'"),
        ({"meta_estimator": b"\xff\xfe"}, r"expected metadata la2ds.\* in UTF-8, found"),
        ({"keypoints": rows(24, 1)}, r"expected 26 numbers in each row of column keypoints, found 24"),
        ({"confidence": rows(12, 1)}, r"expected 13 numbers in each row of column confidence, found 12"),
        ({"keypoints": rows(26, 1, first=np.inf)}, r"expected joints within 1e\+06 of 0, .*found inf in frame 0 of"),
        ({"keypoints": rows(26, 1, first=-1e30)}, r"expected joints within .*, found -1e\+30 in frame 0 of video a"),
        ({"keypoints": rows(26, 1, first=np.nan)}, r"expected confidence 0 where a joint is missing, found 0.5 in"),
        ({"confidence": rows(13, 0.5, first=np.nan)}, r"expected confidences from 0 to 1, found nan in frame 0 of"),
        ({"confidence": rows(13, 0.5, first=7)}, r"expected confidences from 0 to 1, found 7 in frame 0 of video a"),
    ],
)
def test_keypoints_fit_their_metadata(folder, columns, message):
    change(folder / "k.parquet", **columns)
    with pytest.raises(InputError, match=f"k.parquet: {message}"):
        read_keypoints(folder / "k.parquet")


@pytest.mark.parametrize("phase", [[0.5] * 8, [70000] * 8, [-2] * 8, ["0"] * 8, [None] * 8, [np.nan] * 8])
def test_phases_are_whole_numbers(folder, phase):
    change(folder / "l.parquet", phase=phase)
    with pytest.raises(InputError, match="expected whole numbers from -1 to 32767 in column phase, found"):
        read_labels(folder / "l.parquet")


def test_label_sources_are_known(folder):
    change(folder / "l.parquet", meta_label_source="astrology")
    with pytest.raises(InputError, match=r"expected la2ds\.label_source among human, .*, found 'astrology'"):
        read_labels(folder / "l.parquet")


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"heatmaps": np.zeros((8, 12, 8, 8), np.uint8)}, r"maps of uint8 and shape \(frames, 13, 8, 8\)"),
        ({"heatmaps": np.zeros((8, 13, 8, 9), np.uint8)}, r"maps of uint8 and shape \(frames, 13, 8, 8\)"),
        ({"heatmaps": np.zeros((8, 13, 8, 8), np.float32)}, "maps of uint8"),
        ({"heatmaps": np.array(3)}, "maps of uint8"),
        ({"offsets": np.array([0, 4, 7])}, "offsets that part 8 maps by video"),
        ({"offsets": np.array([0, 9, 8])}, "offsets that part 8 maps by video"),
        ({"offsets": np.array([[0, 4, 8]])}, "offsets that part 8 maps by video"),
        ({"video_ids": np.array(["a", "a"])}, "offsets that part 8 maps by video, each video once"),
        ({"skeleton": np.array("octopus8")}, r"la2ds.skeleton body13"),
        ({"spec": np.array("joints")}, r"a heatmap shard \(NPZ\), found heatmap specification must look like"),
        ({"sigma": np.array([1.0, 2.0])}, r"a heatmap shard \(NPZ\)"),
    ],
)
def test_heatmaps_fit_their_metadata(folder, parts, message):
    with np.load(folder / "h.npz") as file:
        content = dict(file) | parts
    np.savez(folder / "h.npz", **content)
    with pytest.raises(InputError, match=f"h.npz: expected {message}"):
        read_heatmaps(folder / "h.npz")


@pytest.mark.parametrize("columns", [{"meta_channels": "0"}, {"meta_grid": "x"}, {"meta_channels": "4"}])
def test_features_fit_their_metadata(folder, columns):
    change(folder / "f.parquet", **columns)
    with pytest.raises(InputError, match=r"f\.parquet: expected (la2ds|16 numbers)"):
        read_features(folder / "f.parquet")


def test_the_inputs_that_failed(shared_data: Path):
    files = sorted((shared_data / "data" / "failing" / "attack" / "15-keypoints").glob("*.parquet"))
    if not files:
        pytest.skip("the failing inputs are not here")
    frames = {"squat_000": 60, "squat_001": 66}
    sound = [file.stem for file in files if not refuses(file, frames)]
    assert sound == ["list-type"]


def refuses(file: Path, frames: dict[str, int]) -> bool:
    try:
        read_keypoints(file, frames)
    except InputError:
        return True
    return False


@pytest.mark.parametrize("lengths", [(), (1,), (40, 0, 900)])
def test_a_heatmap_shard_written_clip_by_clip_has_the_bytes_of_one_written_at_once(tmp_path, lengths):
    """Some megabytes, of which most are zero, in clips that no window of the compression ends with."""
    rng, ids = np.random.default_rng(0), [f"v{n}" for n in range(len(lengths))]
    clips = {v: rng.integers(0, 256, (t, 3, 24, 24), np.uint8) for v, t in zip(ids, lengths, strict=True)}
    for maps in clips.values():
        maps[rng.random(maps.shape) < 0.9] = 0
    write_heatmaps(tmp_path / "h.npz", HeatmapShard(clips, ("a", "b", "c"), 0.6, "body13", SPEC))
    maps = np.concatenate(list(clips.values())) if lengths else np.zeros((0, 3, 0, 0), np.uint8)
    np.savez_compressed(
        tmp_path / "whole.npz",
        schema=np.array("heatmaps/1"),
        heatmaps=maps,
        video_ids=np.array(ids, dtype=np.str_),
        offsets=np.cumsum([0, *lengths]).astype(np.int64),
        channels=np.array(["a", "b", "c"]),
        size=np.array(maps.shape[2:], dtype=np.int64),
        sigma=np.array(0.6),
        skeleton=np.array("body13"),
        spec=np.array(SPEC),
    )
    assert (tmp_path / "h.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()


@pytest.mark.parametrize("at_once", [100, 1 << 18])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_heatmaps_are_read_in_any_order(tmp_path, monkeypatch, save, at_once):
    monkeypatch.setattr(heatmaps, "AT_ONCE", at_once)
    rng, shape = np.random.default_rng(0), (13, 8, 8)
    clips = {v: rng.integers(0, 256, (t, *shape), np.uint8) for v, t in (("a", 5), ("b", 0), ("c", 7), ("d", 2))}
    write_heatmaps(tmp_path / "h.npz", HeatmapShard(clips, SKELETONS["body13"].joints, 0.6, "body13", SPEC))
    with np.load(tmp_path / "h.npz") as file:
        save(tmp_path / "again.npz", **file)
    found = read_heatmaps(tmp_path / "again.npz").clips
    assert (list(found), len(found), "b" in found, "e" in found) == (list(clips), 4, True, False)
    for video_id in "dacabbcd":
        np.testing.assert_array_equal(found[video_id], clips[video_id])


def test_a_heatmap_shard_that_breaks_off_gives_the_clips_before(folder):
    with np.load(folder / "h.npz") as file:
        content = dict(file)
    with zipfile.ZipFile(folder / "h.npz", "w") as file:
        for name, values in content.items():
            with file.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(whole := io.BytesIO(), values)
                member.write(whole.getvalue()[: -1 if name == "heatmaps" else None])
    found = read_heatmaps(folder / "h.npz").clips
    np.testing.assert_array_equal(found["a"], content["heatmaps"][:4])
    with pytest.raises(InputError, match=r"h\.npz: expected a heatmap shard \(NPZ\)"):
        found["b"]


@pytest.mark.parametrize(("frames", "groups"), [(1, 3), (5, 2), (6, 2), (100, 1)])
def test_embeddings_are_written_group_by_group(tmp_path, monkeypatch, frames, groups):
    monkeypatch.setattr(embeddings, "GROUP", frames)
    clips = {v: np.arange(3.0 * t).reshape(t, 3) for v, t in (("a", 2), ("b", 4), ("c", 3))}
    metadata = {"action": "hop"}

    def give():
        yield from clips.items()
        metadata["frames"] = "9"

    stream_embeddings(tmp_path / "e.parquet", give(), metadata)
    assert pq.read_metadata(tmp_path / "e.parquet").num_row_groups == groups
    found = read_embeddings(tmp_path / "e.parquet", {v: len(clip) for v, clip in clips.items()})
    assert found.metadata == {"action": "hop", "frames": "9"}
    assert {v: clip.tolist() for v, clip in found.clips.items()} == {v: clip.tolist() for v, clip in clips.items()}


def test_clips_of_a_heatmap_shard_are_held_one_at_a_time(tmp_path):
    held = []

    def draw(video_id):
        assert all(maps() is None for maps in held[:-1]), "the clip before the last is gone"
        maps = np.full((int(video_id), 3, 8, 8), int(video_id), np.uint8)
        held.append(weakref.ref(maps))
        return maps

    shard = HeatmapShard({}, ("a", "b", "c"), 0.6, "body13", SPEC)
    write_drawn(tmp_path / "h.npz", shard, frames={"1": 1, "2": 2, "3": 3, "4": 4}, draw=draw)
    with np.load(tmp_path / "h.npz") as file:
        assert file["heatmaps"][:, 0, 0, 0].tolist() == [1, 2, 2, 3, 3, 3, 4, 4, 4, 4]
