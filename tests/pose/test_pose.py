"""Estimators: which landmark is which joint, pixels of the original video, missing people, missing clips."""

import itertools
import math
import types
import urllib.request

import numpy as np
import pyarrow as pa
import pytest

from la2ds.__main__ import main
from la2ds.errors import InputError
from la2ds.formats.files.parquet import write_parquet
from la2ds.formats.frames import write_frames
from la2ds.formats.keypoints import Keypoints, KeypointShard, read_keypoints, write_keypoints
from la2ds.formats.skeletons import BODY13
from la2ds.formats.videos import write_videos
from la2ds.pose.annotations import estimate as annotated
from la2ds.pose.estimators import mediapipe as pose_mediapipe
from la2ds.pose.estimators.mediapipe import LANDMARKS, timestamps_ms
from la2ds.pose.request import PoseRequest
from la2ds.pose.sources import SOURCES
from la2ds.pose.verb import ESTIMATORS
from tests.fixtures.pose_request import TOY, request, videos, write_black_frames


class FakeLandmarker:
    """Sees landmark i at (i / 100, 0.5) with visibility 0.5 and presence 0.8, and nobody in every second frame."""

    made: list["FakeLandmarker"]

    def __init__(self, *_: object, film: bool) -> None:
        assert film
        self.times: list[int] = []
        self.closed = False
        FakeLandmarker.made.append(self)

    def detect_for_video(self, image: object, time: int) -> types.SimpleNamespace:
        self.times.append(time)
        if len(self.times) % 2 == 0:
            return types.SimpleNamespace(pose_landmarks=[])
        marks = [types.SimpleNamespace(x=i / 100, y=0.5, visibility=0.5, presence=0.8) for i in range(33)]
        return types.SimpleNamespace(pose_landmarks=[marks])

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def fake(monkeypatch):
    """MediaPipe with ``FakeLandmarker`` in place of the network, and weights that are always right."""
    pytest.importorskip("mediapipe", reason="the video extra is not installed")
    FakeLandmarker.made = []
    monkeypatch.setattr(pose_mediapipe, "_landmarker", FakeLandmarker)
    monkeypatch.setattr(pose_mediapipe, "checked_sha256", lambda path, *_: "0" * 64)
    return FakeLandmarker


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch):
    """Undo after each test what ``stay_offline`` sets for the rest of the process."""
    for variable in ("https_proxy", "no_proxy"):
        monkeypatch.setenv(variable, "")


def test_usage_reports_find_a_closed_door(fake, tmp_path):
    write_black_frames(tmp_path / "f.parquet", ["a"])
    pose_mediapipe.estimate(request(tmp_path, videos("a")))
    assert urllib.request.getproxies()["https"] == "http://127.0.0.1:9"
    assert not urllib.request.proxy_bypass("play.googleapis.com")


def test_landmarks_become_body13_in_original_pixels(fake, tmp_path):
    write_black_frames(tmp_path / "f.parquet", ["a"])
    shard = pose_mediapipe.estimate(request(tmp_path, videos("a")))
    clip = shard.clips["a"]
    for joint, landmark in (("head", 0), ("left_shoulder", 11), ("right_wrist", 16), ("right_ankle", 28)):
        np.testing.assert_allclose(clip.position[0, BODY13.index(joint)], [landmark / 100 * 640, 240], rtol=1e-6)
    np.testing.assert_allclose(clip.confidence[0], 0.4, rtol=1e-6)
    assert shard.skeleton == "body13"
    assert shard.estimator.startswith("mediapipe/")
    assert shard.estimator.endswith("/w")


def test_a_frame_without_person_is_missing_and_counted(fake, tmp_path, caplog):
    write_black_frames(tmp_path / "f.parquet", ["a"])
    caplog.set_level("INFO")
    clip = pose_mediapipe.estimate(request(tmp_path, videos("a"))).clips["a"]
    assert np.isnan(clip.position).all((1, 2)).tolist() == [False, True, False]
    assert clip.confidence[1].tolist() == [0.0] * 13
    assert "a: no person in 1 of 3 frames" in caplog.text


def test_each_clip_has_a_landmarker_of_its_own_that_is_closed(fake, tmp_path):
    write_black_frames(tmp_path / "f.parquet", ["a", "b"])
    pose_mediapipe.estimate(request(tmp_path, videos("a", "b")))
    assert [(m.times, m.closed) for m in fake.made] == [([0, 40, 80], True)] * 2


def test_quarantined_clips_are_named_and_absent(fake, tmp_path, caplog):
    write_black_frames(tmp_path / "f.parquet", ["b"])
    shard = pose_mediapipe.estimate(request(tmp_path, videos("a", "b", "c")))
    assert list(shard.clips) == ["b"]
    assert "no frames, so no poses (see the quarantine list): a, c" in caplog.text
    with pytest.raises(InputError, match="expected frames of the shard's videos, found none"):
        pose_mediapipe.estimate(request(tmp_path, videos("x")))
    write_black_frames(tmp_path / "f.parquet", [])
    assert pose_mediapipe.estimate(request(tmp_path, videos("x"))).clips == {}


def test_timestamps_rise_strictly():
    assert timestamps_ms(np.arange(4) / 25).tolist() == [0, 40, 80, 120]
    assert timestamps_ms(np.array([0, 0.0004, 0.0008, 0.01])).tolist() == [0, 1, 2, 10]
    assert timestamps_ms(np.array([0.5, 0.1, 0.2])).tolist() == [500, 501, 502]
    assert timestamps_ms(np.full(3, math.nan)).tolist() == [0, 33, 67]


def test_landmark_table_covers_the_skeleton():
    assert tuple(sorted(LANDMARKS)) == tuple(sorted(BODY13.joints))
    assert list(ESTIMATORS) == list(SOURCES)


def test_annotations_come_from_the_datasets_reader(monkeypatch, tmp_path):
    index = pytest.importorskip("la2ds.datasets.index")
    position = np.arange(3 * 13 * 2, dtype=np.float32).reshape(3, 13, 2)
    shard = KeypointShard({"a": Keypoints(position, np.ones((3, 13), np.float32))}, "body13", "toy/1")
    in_space = KeypointShard({"a": Keypoints(np.ones((3, 13, 3)), np.ones((3, 13), np.float32))}, "body13", "toy/1", 3)
    toy = types.SimpleNamespace(annotations=lambda root, dataset, rows, *, dims: {2: shard, 3: in_space}[dims])
    monkeypatch.setitem(index.READERS, "demo", toy)
    (tmp_path / "toy.yaml").write_text("reader: demo\nroot: nowhere\nactions: [squat]\n")
    write_videos(tmp_path / "v.csv", videos("a"))
    files = ["--dataset", str(tmp_path / "toy.yaml"), "--videos", str(tmp_path / "v.csv")]
    verb = ["keypoints", *files, "--pose", "annotations", "--output", str(tmp_path / "k.parquet"), "--shard"]
    assert main([*verb, "squat_000"]) == 0
    np.testing.assert_array_equal(read_keypoints(tmp_path / "k.parquet").clips["a"].position, position)
    assert main([*verb, "squat_009"]) == 2
    assert main([*verb, "squat_000", "--pose", "annotations_3d"]) == 0
    assert read_keypoints(tmp_path / "k.parquet").dims == 3
    monkeypatch.delitem(index.READERS, "demo")
    with pytest.raises(InputError, match=r"toy\.yaml: expected reader .*, found 'demo'"):
        annotated(request(tmp_path, videos("a")))


def test_mediapipe_without_frames_or_weights_says_what_is_missing(tmp_path):
    pytest.importorskip("mediapipe", reason="the video extra is not installed")
    bare = PoseRequest(dataset=TOY, dataset_file=tmp_path / "toy.yaml", root=tmp_path, videos=videos("a"))
    with pytest.raises(InputError, match="expected --frames and --weights for pose mediapipe, found None and None"):
        pose_mediapipe.estimate(bare)
    with pytest.raises(InputError, match=r"found no such file \(python -m la2ds weights makes it\)"):
        pose_mediapipe.estimate(request(tmp_path, videos("a")))


def test_unknown_keypoints_version_is_refused_in_one_line(tmp_path):
    write_parquet(tmp_path / "k.parquet", pa.table({"video_id": ["a"]}), schema="keypoints/9")
    with pytest.raises(InputError, match=r"expected la2ds\.schema keypoints/1, found la2ds\.schema keypoints/9") as e:
        read_keypoints(tmp_path / "k.parquet")
    assert "\n" not in str(e.value)


def test_a_missing_joint_is_written_with_confidence_zero(tmp_path):
    position = np.zeros((1, 13, 2), np.float32)
    position[0, 4] = np.nan
    shard = KeypointShard({"a": Keypoints(position, np.full((1, 13), 0.7, np.float32))}, "body13", "x/1")
    write_keypoints(tmp_path / "k.parquet", shard)
    confidence = read_keypoints(tmp_path / "k.parquet").clips["a"].confidence[0]
    np.testing.assert_allclose(confidence, [0 if joint == 4 else 0.7 for joint in range(13)], rtol=1e-6)


def test_a_real_person_stands_up_in_original_pixels(shared_data, tmp_path):
    """Half a second in which a person filmed from the front straightens up out of a squat."""
    weights = shared_data / "models" / "pose_landmarker_full.task"
    if not weights.is_file():
        pytest.skip("no pose landmarker weights here")
    pytest.importorskip("mediapipe", reason="the video extra is not installed")
    from la2ds.config import FramesConfig
    from la2ds.datasets.decode import to_jpeg
    from la2ds.datasets.video import open_video

    video = open_video(shared_data / "data" / "video" / "sit_stand_bodypose3d.mp4")
    images = [to_jpeg(p, FramesConfig()) for p in itertools.islice(video.read(), 100, 112)]
    with write_frames(tmp_path / "f.parquet") as writer:
        writer.add("a", times=np.arange(100, 112) / video.rate, images=images, decoder=video.decoder)
    table = videos("a", frames=len(images), size=(720, 720))
    asked = PoseRequest(TOY, tmp_path / "toy.yaml", tmp_path, table, tmp_path / "f.parquet", weights)
    clip = pose_mediapipe.estimate(asked).clips["a"]
    assert clip.position.shape == (12, 13, 2)
    assert not np.isnan(clip.position).any()
    x, y = clip.position[..., 0], clip.position[..., 1]
    head, hip, ankle = (BODY13.index(j) for j in ("head", "left_hip", "left_ankle"))
    assert (y[:, head] < y[:, hip]).all()
    assert (y[:, hip] < y[:, ankle]).all()
    # Facing the camera, the person's left is on the right of the picture.
    assert (x[:, BODY13.index("left_shoulder")] > x[:, BODY13.index("right_shoulder")]).all()
    # In pixels of the 720-pixel original, not of the 360-pixel frames; the feet stay, the head rises.
    np.testing.assert_allclose(y[:, ankle], 567, atol=20)
    assert y[0, head] - y[-1, head] > 100
    assert np.median(clip.confidence) > 0.9
