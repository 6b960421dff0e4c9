"""What people hand over by mistake is refused in one sentence."""

import dataclasses
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from la2ds.clips.evaluate import evaluate
from la2ds.clips.learn import learn
from la2ds.clips.matching.carry import carry
from la2ds.clips.matching.match import align
from la2ds.clips.matching.odd import odd
from la2ds.clips.matching.timeline import timeline
from la2ds.clips.model import load
from la2ds.clips.read import from_arrays, read
from la2ds.errors import InputError
from la2ds.formats.keypoints import read_keypoints, write_keypoints
from la2ds.pose.estimators.landmarkers import POSE
from tests.fixtures.drawn_clips import true_poses
from tests.fixtures.warped_clips import warped_clip

JOINTS = np.random.default_rng(0).uniform(0, 100, (6, 13, 2))


@pytest.fixture
def clips():
    return [warped_clip(name, frames) for name, frames in (("1", 20), ("2", 25), ("3", 30))]


@pytest.mark.parametrize(
    ("poses", "options", "told"),
    [
        (JOINTS.reshape(6, 26), {}, r"expected joints of shape \(frames, joints, 2\), found \(6, 26\)"),
        (JOINTS[..., :1], {}, r"found \(6, 13, 1\)"),
        (np.float64(3), {}, r"found \(\)"),
        (JOINTS[:, :12], {}, "expected the 13 joints of body13, found 12"),
        (JOINTS[:1], {}, "expected at least two frames with a joint, found 1 frame"),
        (JOINTS * np.nan, {}, "found no joint in 6 frames"),
        (JOINTS, {"skeleton": "body"}, "expected la2ds.skeleton .*body13.* found 'body'"),
        (JOINTS, {"fps": 0}, "expected frames per second above 0, found 0"),
        (JOINTS, {"fps": np.nan}, "found nan"),
        (JOINTS, {"size": (0, 10)}, "expected a width and a height above 0, found 0 x 10"),
        (JOINTS, {"confidence": np.ones(6)}, r"expected confidences of shape \(6, 13\), found \(6,\)"),
        (JOINTS, {"confidence": np.full((6, 13), 7)}, "expected confidences in 0 to 1, found 7 to 7"),
        (JOINTS, {"confidence": np.full((6, 13), np.nan)}, "found nan"),
    ],
)
def test_arrays_that_are_no_clip(poses, options, told):
    with pytest.raises(InputError, match=told):
        from_arrays(poses, name="mine", **options)


def test_where_no_joint_is_no_confidence_is_needed():
    poses, trust = JOINTS.copy(), np.full((6, 13), 0.5)
    poses[2, 3], trust[2, 3] = np.nan, np.nan
    clip = from_arrays(poses - 1000, confidence=trust)
    assert clip.confidence[2, 3] == 0 and clip.size == (1, 1)


@pytest.mark.parametrize(
    "embedding", [np.zeros(6), np.zeros((6, 0)), np.zeros((5, 4)), np.full((6, 4), np.nan)], ids=str
)
def test_embeddings_that_are_none(embedding):
    with pytest.raises(ValueError, match=r"clip: expected embeddings of shape \(6, D\), finite"):
        dataclasses.replace(from_arrays(JOINTS), embedding=embedding.astype(np.float32))


def test_a_film_is_no_clip(clips):
    told = "a.mp4: expected a clip, as la2ds.read makes of a film, found a str"
    for call in (
        lambda: align("a.mp4", clips[0]),
        lambda: align(clips[0], "a.mp4"),
        lambda: odd([*clips, "a.mp4"]),
        lambda: timeline([*clips, "a.mp4"]),
        lambda: carry({"low": 3}, clips[0], ["a.mp4"]),
        lambda: carry({"low": 3}, ["a.mp4"], clips),
    ):
        with pytest.raises(InputError, match=told):
            call()


def test_one_clip_is_several_and_so_is_a_generator(clips):
    assert list(carry({"low": 3}, clips[0], clips[1]).video) == ["2"]
    assert len(odd(clip for clip in clips)) == 3
    assert timeline(iter(clips)).equals(timeline(clips))


@pytest.mark.parametrize("frame", [1.5, np.nan, None, "late"])
def test_a_mark_is_a_whole_frame(clips, frame):
    with pytest.raises(InputError, match=f"expected a frame or a time of low in 1, found {frame}"):
        carry({"low": frame}, clips[0], clips[1:])
    if frame is not None:
        with pytest.raises(TypeError):
            align(*clips[:2]).at(frame)


def test_a_word_for_what_clips_are_matched_by(clips):
    with pytest.raises(InputError, match="by: expected auto, embedding or poses, found 'pose'"):
        align(*clips[:2], by="pose")


@pytest.mark.parametrize("people", [0, -1, 99])
def test_people_out_of_range_cost_no_look_at_the_film(films, people, capsys):
    with pytest.raises(InputError, match=f"people: expected between 1 and 50, found {people}"):
        read(films["paths"][0], people=people)
    assert not films["calls"]


def test_a_folder_is_no_list_of_films(films):
    with pytest.raises(InputError, match="my clips: expected a list of films or clips, found one path"):
        learn(str(films["paths"][0].parent))
    with pytest.raises(InputError, match="5: expected a list of films or clips, found a int"):
        learn(5)


TABLE = pd.DataFrame({"video_id": ["v"], "action": "squat", "split": "train"})
LONG = "a" * 5000


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: load(LONG), "the model: expected a path, found aaa.*a...: File name too long$"),
        (lambda: load("a\0b"), r"the model: expected a path, found 'a\\x00b'"),
        (lambda: load(None), "the model: expected a path, found a NoneType"),
        (lambda: read(LONG), "the film: .* File name too long"),
        (lambda: learn([LONG, LONG]), "the film: .* File name too long"),
        (lambda: learn([], method=LONG), "the method: .* File name too long"),
        (lambda: evaluate({}, LONG, {}), "videos: .* File name too long"),
        (lambda: evaluate({}, TABLE, {}, protocol=LONG), "the protocol: .* File name too long"),
        (lambda: evaluate({}, {"v": 1}, {}), "videos: expected a pandas.DataFrame or a path, found a dict"),
        (lambda: evaluate([], TABLE, {}), "embeddings: expected arrays by video_id, or a path, found a list"),
        (lambda: evaluate({}, TABLE, None), "labels: expected arrays by video_id, or a path, found a NoneType"),
        (lambda: evaluate({}, TABLE, {"v": [0, -5]}), "from -1 to 32,767 for v, one a frame, found -5 in frame 1"),
        (lambda: evaluate({}, TABLE, {"v": [0, 70000]}), "found 70000 in frame 1"),
        (lambda: evaluate({}, TABLE, {"v": [0.5, 1]}), "found 0.5 in frame 0"),
        (lambda: evaluate({}, TABLE, {"v": [1, np.nan]}), "found nan in frame 1"),
        (lambda: evaluate({}, TABLE, {"v": [[1], [2]]}), r"found int64 of shape \(2, 1\)"),
    ],
)
def test_what_is_no_path_and_no_table(call, told):
    with pytest.raises(InputError, match=told) as error:
        call()
    assert len(str(error.value)) < 200


@pytest.mark.parametrize("kind", ["a file", "below a file", "read-only"])
def test_a_cache_that_cannot_be_written_is_named(films, tmp_path, monkeypatch, kind):
    (tmp_path / "file").write_text("x")
    place = {"a file": tmp_path / "file", "below a file": tmp_path / "file/cache", "read-only": "/proc/cache"}[kind]
    if kind == "read-only" and not Path("/proc").is_dir():
        pytest.skip("no folder that even root cannot write")
    clips = [warped_clip(name, 20) for name in "ab"]
    monkeypatch.setenv("LA2DS_CACHE", str(place))
    told = rf"{place}: expected a folder to keep poses and models in \(LA2DS_CACHE names another\), found "
    for call in (lambda: read(films["paths"][0]), lambda: learn(films["paths"]), lambda: learn(clips, steps=0.01)):
        with pytest.raises(InputError, match=told):
            call()


def test_a_cache_that_is_whole_need_not_be_written(films, cache, monkeypatch):
    clip = read(films["paths"][0])
    monkeypatch.setattr("tempfile.TemporaryFile", None)
    assert (read(films["paths"][0]).poses == clip.poses).all()


@pytest.mark.parametrize("sidecar", [True, False])
def test_weights_that_are_cut_in_the_cache_are_got_again(cache, tmp_path, monkeypatch, caplog, drawn_films, sidecar):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as task:
        for name in POSE.members_sha256:
            task.writestr(name, b"model")
    (tmp_path / "own.task").write_bytes(content.getvalue())
    monkeypatch.setenv("LA2DS_POSE_WEIGHTS", str(tmp_path / "own.task"))
    films = {film: (n, "squat") for n, film in enumerate(drawn_films)}
    monkeypatch.setattr("la2ds.clips.kept.estimate_apart", true_poses(films))
    read(drawn_films[0])
    weights = cache / "pose_landmarker_full.task"
    weights.write_bytes(content.getvalue()[:70])
    if not sidecar:
        (cache / f"{weights.name}.sha256").unlink()
    read(drawn_films[1])
    assert weights.read_bytes() == content.getvalue() and "they are got anew" in caplog.text
    monkeypatch.setenv("LA2DS_POSE_WEIGHTS", str(tmp_path / "gone.task"))
    weights.unlink()
    with pytest.raises(InputError, match=r"gone\.task: expected the weights that LA2DS_POSE_WEIGHTS names"):
        read(drawn_films[2])


@pytest.mark.parametrize("steps", [-1, 0, np.nan, np.inf])
def test_a_share_of_the_steps(clips, steps):
    with pytest.raises(InputError, match=f"steps: expected a share above 0 and up to 100, found {steps}"):
        learn(clips, steps=steps)


@pytest.mark.parametrize("kept", ["videos.csv", "frames_360_90.parquet", "mediapipe_1.parquet"])
@pytest.mark.parametrize("share", [0, 0.5])
def test_what_is_broken_in_the_cache_is_made_anew(films, cache, caplog, kept, share):
    film = films["paths"][0]
    clip = read(film)
    (file,) = cache.rglob(kept)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(share * len(whole))])
    again = read(film)
    assert np.array_equal(again.poses, clip.poses) and np.array_equal(again.times, clip.times)
    assert kept in caplog.text and "it is made anew" in caplog.text
    caplog.clear()
    read(film)
    assert not caplog.text


@pytest.mark.parametrize("content", [None, b"", b"\0\xff"])
@pytest.mark.parametrize("file", ["model.safetensors", "run.json", "history.csv"])
def test_a_broken_model_is_learned_anew(clips, cache, file, content):
    model = learn(clips, steps=0.01)
    before = model.embed(clips[0]).embedding
    if content is None:
        (model.folder / file).unlink()
    else:
        (model.folder / file).write_bytes(content)
    again = learn(clips, steps=0.01, name="mine")
    assert np.array_equal(again.embed(clips[0]).embedding, before)


def test_impossible_joints_are_counted_under_the_name_of_the_film(films, cache, caplog):
    film = films["paths"][0]
    read(film)
    (file,) = cache.rglob("mediapipe_1.parquet")
    shard = read_keypoints(file)
    write_keypoints(file, dataclasses.replace(shard, metadata=shard.metadata | {"outlier_joints": "7"}))
    read(film)
    assert caplog.messages == [f"{film}: 7 joints lie far outside the picture and count as missing"]


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("split", ["train", "val", None, 1], "videos: expected split train or val, found None"),
        (
            "action",
            ["squat", None, "squat", "squat"],
            "videos: expected a value of action in each row, found 1 without",
        ),
    ],
)
def test_a_table_of_videos_with_holes(column, values, told):
    table = pd.DataFrame({"video_id": range(4), "action": "squat", "split": ["train", "train", "val", "val"]})
    with pytest.raises(InputError, match=told):
        evaluate({}, table.assign(**{column: values}), {})


def test_videos_may_be_called_by_numbers():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"video_id": range(4), "action": "squat", "split": ["train", "train", "val", "val"]})
    made, phases = {i: rng.standard_normal((30, 8)) for i in range(4)}, {i: np.repeat([0, 1, 2], 10) for i in range(4)}
    named = table.assign(video_id=[str(i) for i in range(4)])
    words = {str(i): a for i, a in made.items()}, named, {str(i): p for i, p in phases.items()}
    assert evaluate(made, table, phases).equals(evaluate(*words))
