"""MediaPipe's hands: which landmark is which joint, sides, pixels of the original video; and a real person's."""

import itertools
import types

import numpy as np
import pytest

from la2ds.errors import InputError
from la2ds.formats.frames import write_frames
from la2ds.formats.skeletons import HANDS42
from la2ds.pose.estimators import mediapipe as pose_mediapipe
from la2ds.pose.estimators import mediapipe_hands
from la2ds.pose.estimators.landmarkers import HAND
from la2ds.pose.estimators.weights import ensure_weights
from la2ds.pose.request import PoseRequest
from tests.fixtures.pose_request import TOY, request, videos, write_black_frames

# The names that MediaPipe gives its landmarks (HandLandmark), and those of hands42.
FINGERS = {
    "THUMB": ("thumb", ("CMC", "MCP", "IP", "TIP")),
    **{
        name: (ours, ("MCP", "PIP", "DIP", "TIP"))
        for name, ours in (
            ("INDEX_FINGER", "index"),
            ("MIDDLE_FINGER", "middle"),
            ("RING_FINGER", "ring"),
            ("PINKY", "little"),
        )
    },
}


class FakeLandmarker:
    """A left hand with landmark i at (i / 100, 0.25), and from the third picture on a right one at (i / 100, 0.75)."""

    def __init__(self, *_: object) -> None:
        self.pictures = 0

    def detect_for_video(self, image: object, time: int) -> types.SimpleNamespace:
        self.pictures += 1
        hands = [("Left", 0.9, 0.25), ("Right", 0.8, 0.75)][: 1 + (self.pictures > 2)]
        return types.SimpleNamespace(
            handedness=[[types.SimpleNamespace(category_name=name, score=score)] for name, score, _ in hands],
            hand_landmarks=[[types.SimpleNamespace(x=i / 100, y=y) for i in range(21)] for *_, y in hands],
        )

    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch):
    """Undo after each test what ``stay_offline`` sets for the rest of the process."""
    for variable in ("https_proxy", "no_proxy"):
        monkeypatch.setenv(variable, "")


@pytest.fixture
def fake(monkeypatch):
    pytest.importorskip("mediapipe", reason="the video extra is not installed")
    monkeypatch.setattr(mediapipe_hands, "_landmarker", FakeLandmarker)
    monkeypatch.setattr(mediapipe_hands, "checked_sha256", lambda path, landmarker: "0" * 64)


def test_landmarks_are_joints_in_original_pixels_and_a_missing_hand_is_missing(fake, tmp_path, caplog):
    caplog.set_level("INFO")
    write_black_frames(tmp_path / "f.parquet", ["a"], frames=8)
    shard = mediapipe_hands.estimate(request(tmp_path, videos("a", frames=8)))
    clip = shard.clips["a"]
    assert (shard.skeleton, shard.dims) == ("hands42", 2)
    assert shard.estimator.startswith("mediapipe_hands/")
    tip = HANDS42.index("left_little4")
    np.testing.assert_allclose(clip.position[:, tip], np.tile([0.2 * 640, 0.25 * 480], (8, 1)), rtol=1e-6)
    np.testing.assert_allclose(clip.confidence[:, tip], 0.9, rtol=1e-6)
    thumb = HANDS42.index("right_thumb1")
    np.testing.assert_allclose(clip.position[2:, thumb], np.tile([0.01 * 640, 0.75 * 480], (6, 1)), rtol=1e-6)
    assert np.isnan(clip.position[:2, thumb]).all()
    np.testing.assert_allclose(clip.confidence[:, thumb], [0, 0] + [0.8] * 6, rtol=1e-6)
    assert "a: the left hand in 8, the right hand in 6 of 8 frames; 0 times a hand was neither" in caplog.text


def test_order_of_joints_is_that_of_mediapipes_names():
    enum = pytest.importorskip("mediapipe.tasks.python.vision.hand_landmarker").HandLandmark
    names = ["wrist", *(f"{ours}{n}" for ours, parts in FINGERS.values() for n, _ in enumerate(parts, 1))]
    theirs = ["WRIST", *(f"{finger}_{part}" for finger, (_, parts) in FINGERS.items() for part in parts)]
    assert [mark.name for mark in enum] == theirs
    assert HANDS42.joints == tuple(f"{side}_{name}" for side in ("left", "right") for name in names)


def test_without_weights_the_sentence_names_the_verb(tmp_path):
    pytest.importorskip("mediapipe", reason="the video extra is not installed")
    bare = PoseRequest(dataset=TOY, dataset_file=tmp_path / "toy.yaml", root=tmp_path, videos=videos("a"))
    with pytest.raises(InputError, match="--frames and --weights for pose mediapipe_hands, found None and None"):
        mediapipe_hands.estimate(bare)
    with pytest.raises(InputError, match=r"found no such file \(python -m la2ds weights --hands makes it\)"):
        mediapipe_hands.estimate(request(tmp_path, videos("a")))


@pytest.fixture(scope="session")
def hand_weights(tmp_path_factory):
    """The real hand landmarker, built once where a package index can be reached."""
    pytest.importorskip("mediapipe", reason="the video extra is not installed")
    file = tmp_path_factory.mktemp("weights") / "hand_landmarker.task"
    try:
        ensure_weights(file, HAND)
    except InputError as error:
        pytest.skip(f"no weights of the hand landmarker here: {error.found}")
    return file


@pytest.mark.slow
def test_drawn_hands_that_pour_are_found_each_on_its_side(hand_weights, tmp_path):
    import cv2

    from tests.fixtures.drawn_hands import SIZE, pour

    clip = pour(10, seed=0)
    images = [cv2.imencode(".jpg", picture[..., ::-1])[1].tobytes() for picture in clip.draw()]
    with write_frames(tmp_path / "f.parquet") as writer:
        writer.add("a", times=np.arange(len(images)) / 4, images=images, decoder="d/1")
    table = videos("a", frames=len(images), size=SIZE)
    asked = PoseRequest(TOY, tmp_path / "toy.yaml", tmp_path, table, tmp_path / "f.parquet", hand_weights)
    found = mediapipe_hands.estimate(asked).clips["a"].position
    assert np.isfinite(found).all()
    for hand in (slice(0, 21), slice(21, 42)):
        error = np.linalg.norm(found[:, hand] - clip.pixels[:, hand], axis=-1)
        size = np.ptp(clip.pixels[:, hand], axis=1).max(axis=-1)
        assert (error <= 0.2 * size[:, None]).mean() > 0.85


def test_drawn_hands_are_left_and_right():
    """Seen from its back, fingers up, a left hand has its thumb on the right of the picture."""
    from tests.fixtures.drawn_hands import SIZE, cross

    clip = cross(3, seed=0)
    true = clip.pixels
    assert (true[:, HANDS42.index("left_thumb4"), 0] > true[:, HANDS42.index("left_little1"), 0]).all()
    assert (true[:, HANDS42.index("right_thumb4"), 0] < true[:, HANDS42.index("right_little1"), 0]).all()
    assert (true[:, HANDS42.index("left_middle4"), 1] < true[:, HANDS42.index("left_wrist"), 1]).all()
    # In the middle the right hand is where the left one was.
    left, right = (true[:, HANDS42.index(f"{side}_wrist"), 0] for side in ("left", "right"))
    assert ((left < right) == [True, False, True]).all()
    picture = next(clip.draw())
    assert picture.shape == (*SIZE[::-1], 3)
    column, row = true[0, HANDS42.index("left_middle1")].round().astype(int)
    assert np.abs(picture[row, column].astype(int) - picture[5, 5]).sum() > 30


@pytest.mark.slow
def test_a_real_persons_hands_are_at_the_wrists_of_their_side(hand_weights, shared_data, tmp_path):
    """Filmed from the front and not mirrored: the pose landmarker's wrists are a witness of the side."""
    from la2ds.config import FramesConfig
    from la2ds.datasets.decode import to_jpeg
    from la2ds.datasets.video import open_video
    from la2ds.formats.skeletons import BODY13

    film, pose_weights = (
        shared_data / "data/video/sit_stand_bodypose3d.mp4",
        shared_data / "models/pose_landmarker_full.task",
    )
    if not film.is_file() or not pose_weights.is_file():
        pytest.skip("no film of a person, or no pose landmarker weights here")
    video = open_video(film)
    images = [to_jpeg(p, FramesConfig(short_side=720)) for p in itertools.islice(video.read(), 134, 179)]
    with write_frames(tmp_path / "f.parquet") as writer:
        writer.add("a", times=np.arange(len(images)) / video.rate, images=images, decoder=video.decoder)
    table = videos("a", frames=len(images), size=(720, 720))
    files = TOY, tmp_path / "toy.yaml", tmp_path, table, tmp_path / "f.parquet"
    hands = mediapipe_hands.estimate(PoseRequest(*files, hand_weights)).clips["a"].position[:, [0, 21]]
    body = pose_mediapipe.estimate(PoseRequest(*files, pose_weights)).clips["a"].position
    wrists = body[:, [BODY13.index("left_wrist"), BODY13.index("right_wrist")]]
    seen = ~np.isnan(hands).any(-1)
    assert seen.mean() > 0.7
    own, other = (np.linalg.norm(hands - w, axis=-1)[seen] for w in (wrists, wrists[:, ::-1]))
    assert (own < other).all()
    assert np.median(own) < 15
