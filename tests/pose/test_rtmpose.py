"""RTMPose on ONNX Runtime, with networks of the same interface that find coloured dots."""

import io
import urllib.request
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from la2ds.__main__ import main
from la2ds.config import DatasetConfig, EstimationConfig
from la2ds.datasets.fetch import download as la2ds_download
from la2ds.errors import InputError
from la2ds.formats.frames import write_frames
from la2ds.formats.keypoints import KeypointShard, read_keypoints
from la2ds.formats.videos import write_videos
from la2ds.pose.estimators import rtmpose
from la2ds.pose.estimators.onnx_network import OnnxNetwork
from la2ds.pose.estimators.onnx_weights import checked_network, fetch_network
from la2ds.pose.estimators.person_detector import find_people, fit
from la2ds.pose.estimators.simcc import crop, decode, find_joints
from la2ds.pose.request import PoseRequest
from la2ds.pose.sources import NETWORKS

pytest.importorskip("onnxruntime", reason="the rtmpose extra is not installed")
cv2 = pytest.importorskip("cv2", reason="the video extra is not installed")
standin = pytest.importorskip("tests.fixtures.standin_networks", reason="onnx is not installed")
save_detector, save_pose_network = standin.save_detector, standin.save_pose_network

SIZE = (320, 240)


@pytest.fixture(scope="module")
def network(tmp_path_factory) -> Path:
    return save_pose_network(tmp_path_factory.mktemp("networks") / "dots.onnx")


def body(x: float, y: float, height: float) -> np.ndarray:
    """17 joints in a ragged column, (17, 2) pixels."""
    rows = np.arange(17)
    return np.stack([x + height / 5 * np.sin(2.3 * rows), y + height * (rows / 16 - 0.5)], axis=1)


def draw(*bodies: np.ndarray, size: tuple[int, int] = SIZE) -> np.ndarray:
    """A black picture (red, green, blue) with a dot of its own colour for each joint of each body."""
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    for joints in bodies:
        for (x, y), colour in zip(joints.round().astype(int), standin.COLOURS, strict=True):
            cv2.rectangle(picture, (x - 2, y - 2), (x + 2, y + 2), colour.tolist(), -1)
    return picture


def request(folder: Path, pictures: list[np.ndarray], weights: Path, detector: Path | None = None, **settings):
    """Frames without loss, of a video of twice their size."""
    images = [cv2.imencode(".png", p[..., ::-1])[1].tobytes() for p in pictures]
    with write_frames(folder / "f.parquet") as writer:
        writer.add("a", times=np.arange(len(images)) / 25, images=images, decoder="d/1")
    row = {"video_id": ["a"], "action": "squat", "split": "train", "source": "x", "frames": len(images), "fps": 25.0}
    videos = pd.DataFrame(row | {"width": 2 * SIZE[0], "height": 2 * SIZE[1], "shard": "squat_000"})
    dataset = DatasetConfig("demo", "nowhere", ("squat",), estimation=EstimationConfig(**settings))
    return PoseRequest(dataset, folder / "toy.yaml", folder, videos, folder / "f.parquet", weights, detector)


def test_one_person_is_found_and_followed_without_a_detector(network, tmp_path, monkeypatch):
    bodies = [body(60 + 12 * t, 120, 90) for t in range(10)]
    regions = []
    find = rtmpose.find_joints
    monkeypatch.setattr(rtmpose, "find_joints", lambda n, p, box: regions.append(box) or find(n, p, box))
    shard = rtmpose.estimate(request(tmp_path, [draw(b) for b in bodies], network))
    clip = shard.clips["a"]
    assert shard.skeleton == "coco17"
    assert shard.estimator.split("/")[0] == "rtmpose" and shard.estimator.split("/")[2] == "dots"
    # In pixels of the video; a dot is 5 pixels wide, and its first column and row are the first of the best ones.
    np.testing.assert_allclose(clip.position, 2 * np.stack(bodies), atol=8)
    assert clip.confidence.min() > 0.5
    assert (regions[0] == [0, 0, *SIZE]).all()
    assert all(box[3] - box[1] < 150 for box in regions[1:])
    assert shard.metadata == {"weights_sha256": checked_network(network)}


def test_a_lost_person_is_missing_and_looked_for_everywhere(network, tmp_path, caplog):
    caplog.set_level("INFO")
    pictures = [draw(body(60, 120, 90)), draw(), draw(body(260, 120, 90))]
    clip = rtmpose.estimate(request(tmp_path, pictures, network)).clips["a"]
    assert np.isnan(clip.position).all((1, 2)).tolist() == [False, True, False]
    assert not clip.confidence[1].any()
    np.testing.assert_allclose(clip.position[2], 2 * body(260, 120, 90), atol=8)
    assert "a: no person in 1 of 3 frames" in caplog.text


def test_the_subject_among_the_boxes_of_a_detector(network, tmp_path):
    """Boxes in the detector's 64 x 64 pixels, which show the picture of 320 x 240 at a fifth."""
    left, right = [4, 6, 20, 42, 0.9], [24, 2, 56, 46, 0.8]
    boxes = [left, right, [0, 0, 64, 48, 0.2], [0, 0, 64, 48, 0.95]]
    detector = save_detector(tmp_path / "boxes.onnx", boxes, [0, 0, 0, 5])
    bodies = body(60, 120, 100), body(200, 120, 180)
    asked = request(tmp_path, [draw(*bodies)] * 3, network, detector, people=4)
    shard = rtmpose.estimate(asked)
    np.testing.assert_allclose(shard.clips["a"].position, 2 * np.stack([bodies[1]] * 3), atol=8)
    assert shard.metadata["subject"].startswith("several people in 3 frames, the subject lost in 0")
    assert set(shard.metadata) == {"weights_sha256", "detector_sha256", "subject"}
    only_surest = rtmpose.estimate(request(tmp_path, [draw(*bodies)] * 3, network, detector)).clips["a"]
    np.testing.assert_allclose(only_surest.position, 2 * np.stack([bodies[0]] * 3), atol=8)


def test_boxes_come_in_pixels_of_the_picture_the_surest_first(tmp_path):
    boxes = [[0, 0, 32, 48, 0.5], [16, 0, 64, 48, 0.9], [0, 0, 64, 48, 0.3]]
    detector = OnnxNetwork(save_detector(tmp_path / "d.onnx", boxes, [0, 0, 0]), what="a detector")
    for kind in ("yolox", "rtmdet"):
        found = find_people(detector, draw(), kind=kind, most=9)
        np.testing.assert_allclose(found, [[80, 0, 320, 240], [0, 0, 160, 240]])
    fitted, scale = fit(np.full((20, 40, 3), 7, np.uint8), (32, 32))
    assert scale == 0.8
    assert (fitted[:16] == 7).all() and (fitted[16:] == 114).all()


def test_a_cut_out_is_the_region_sampled_between_pixels():
    """Against sampling every pixel by hand; black beyond the picture."""
    rng = np.random.default_rng(0)
    picture = cv2.GaussianBlur(rng.integers(0, 256, (40, 50, 3), np.uint8), (0, 0), 2)
    cut, region = crop(picture, np.array([30, 10, 60, 30.0]), (16, 12))
    # 30 x 20 with a quarter of room is 37.5 x 25, and 37.5 x 50 in the proportions of the cut-out.
    np.testing.assert_allclose(region, [26.25, -5, 63.75, 45])
    step = 37.5 / 12
    padded = np.pad(picture.astype(float), ((60, 60), (60, 60), (0, 0)))
    slow = np.zeros((16, 12, 3))
    for v in range(16):
        for u in range(12):
            x, y = 60 + region[0] + u * step, 60 + region[1] + v * step
            i, j, a, b = int(y), int(x), y % 1, x % 1
            square = padded[i : i + 2, j : j + 2]
            slow[v, u] = np.einsum("i,j,ijc->c", [1 - a, a], [1 - b, b], square)
    np.testing.assert_allclose(cut, slow, atol=3)


def test_decoding_takes_half_pixels_and_the_lower_score():
    columns, rows = np.zeros((3, 8)), np.zeros((3, 12))
    columns[0, 3], rows[0, 7] = 0.9, 0.6
    columns[1, 7], rows[1, 0] = 1.4, 1.2
    found = decode(columns, rows, np.array([10, 20, 18, 32.0]), (6, 4))
    np.testing.assert_allclose(found[0], [10 + 1.5 * 2, 20 + 3.5 * 2, 0.6])
    np.testing.assert_allclose(found[1], [17, 20, 1])
    assert np.isnan(found[2, :2]).all() and found[2, 2] == 0


def test_the_first_17_of_133_joints_are_cocos_and_other_networks_are_refused(tmp_path):
    whole = np.array([0, 0, *SIZE], dtype=float)
    many = OnnxNetwork(save_pose_network(tmp_path / "many.onnx", joints=133), what="weights")
    found = find_joints(many, draw(body(160, 120, 150)), whole)
    np.testing.assert_allclose(found[:, :2], body(160, 120, 150), atol=4)
    for name, settings in (("a", {"joints": 21}), ("b", {"bins": 1})):
        other = OnnxNetwork(save_pose_network(tmp_path / f"{name}.onnx", **settings), what="weights")
        with pytest.raises(InputError, match=rf"{name}\.onnx: expected RTMPose's outputs \(1, J, 384\) and .* found"):
            find_joints(other, draw(), whole)
    (tmp_path / "c.onnx").write_bytes(b"no network")
    with pytest.raises(InputError, match=r"c\.onnx: expected RTMPose's weights \(ONNX\), found") as error:
        OnnxNetwork(tmp_path / "c.onnx", what="RTMPose's weights")
    assert "\n" not in str(error.value)


def test_what_is_missing_is_said_in_a_sentence(network, tmp_path):
    with pytest.raises(InputError, match=r"expected 'estimation\.detector' to find 3 people with rtmpose, found none"):
        rtmpose.estimate(request(tmp_path, [draw()], network, people=3))
    absent = tmp_path / "rtmpose_m.onnx"
    with pytest.raises(InputError, match=r"no such file \(put the file end2end\.onnx of https://.*m_simcc.* there\)"):
        rtmpose.estimate(request(tmp_path, [draw()], absent))
    with pytest.raises(InputError, match=r"put a network there, or name one of models/rtmpose_s\.onnx, .*"):
        checked_network(tmp_path / "mine.onnx")


def test_the_verb_writes_coco17_and_fills_gaps(network, tmp_path):
    pictures = [draw(body(60, 120, 90)), draw(), draw(body(80, 120, 90))]
    asked = request(tmp_path, pictures, network)
    write_videos(tmp_path / "v.csv", asked.videos)
    settings = "estimation: {fill_gaps: {kind: linear, frames: 1}}"
    (tmp_path / "toy.yaml").write_text(f"reader: folder\nroot: nowhere\nactions: [squat]\npose: rtmpose\n{settings}\n")
    files = {"dataset": "toy.yaml", "videos": "v.csv", "frames": "f.parquet", "output": "k.parquet"}
    options = [word for key, name in files.items() for word in (f"--{key}", str(tmp_path / name))]
    verb = ["keypoints", *options, "--weights", str(network), "--pose", "rtmpose", "--shard", "squat_000"]
    assert main(verb) == 0
    shard: KeypointShard = read_keypoints(tmp_path / "k.parquet")
    assert shard.metadata["filled_joints"] == "17"
    np.testing.assert_allclose(shard.clips["a"].position[1], 2 * body(70, 120, 90), atol=8)


def archive(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("20230831/rtmpose_onnx/x/end2end.onnx", content)
        file.writestr("20230831/rtmpose_onnx/x/pipeline.json", "{}")
    return stream.getvalue()


def test_a_download_is_unpacked_and_its_checksum_kept(monkeypatch, tmp_path):
    asked = []

    def arrive(url: str, part: Path, most: int) -> None:
        asked.append(url)
        part.write_bytes(archive(b"a network"))

    monkeypatch.setattr(la2ds_download, "_continue", arrive)
    file = tmp_path / "models" / "rtmpose_m.onnx"
    assert main(["weights", "--network", "rtmpose_m", "--output", str(file)]) == 0
    assert asked == [NETWORKS["rtmpose_m"]]
    assert file.read_bytes() == b"a network"
    assert sorted(f.name for f in file.parent.iterdir()) == ["rtmpose_m.onnx", "rtmpose_m.onnx.sha256"]
    assert fetch_network("rtmpose_m", file) == checked_network(file)
    assert len(asked) == 1
    file.write_bytes(b"another")
    with pytest.raises(InputError, match=r"expected sha256 .* found sha256"):
        fetch_network("rtmpose_m", file)
    file.unlink()
    (tmp_path / "models" / "rtmpose_m.onnx.sha256").write_text("0" * 64)
    with pytest.raises(InputError, match=f"expected sha256 {'0' * 64}, found sha256"):
        fetch_network("rtmpose_m", file)


def test_without_network_a_sentence_says_what_to_put_where(monkeypatch, tmp_path):
    def closed(*_: object, **__: object) -> None:
        raise urllib.request.URLError("no route to host")

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", closed)
    expected = r"rtmpose_m\.onnx: expected the weights rtmpose_m, from https://.*, found none: .*no route to host.*"
    with pytest.raises(InputError, match=expected + r" \(put the file end2end\.onnx of https://.*\.zip there\)"):
        fetch_network("rtmpose_m", tmp_path / "rtmpose_m.onnx")
