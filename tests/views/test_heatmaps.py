"""Heatmaps against a slow drawing, and the shards they are kept in."""

import math

import numpy as np
import pytest
import torch

from la2ds import __main__ as cli
from la2ds.config import HeatmapSpec
from la2ds.errors import InputError
from la2ds.formats.heatmaps import HeatmapShard, read_heatmaps, write_heatmaps
from la2ds.formats.keypoints import Keypoints, KeypointShard, write_keypoints
from la2ds.formats.skeletons import BODY13, SKELETONS
from la2ds.formats.videos import write_videos
from la2ds.views import heatmaps
from la2ds.views.heatmaps import channel_names, draw_clip, mirror_channels, render, render_joints, render_limbs
from la2ds.views.joints import square_box, to_box
from tests.fixtures.pose_files import videos


@pytest.fixture
def pose() -> tuple[torch.Tensor, torch.Tensor]:
    """Two frames of 13 joints inside the box; joint 3 is missing in the second frame."""
    generator = torch.Generator().manual_seed(0)
    position = torch.rand((2, 13, 2), generator=generator, dtype=torch.float64)
    confidence = torch.rand((2, 13), generator=generator, dtype=torch.float64)
    position[1, 3] = torch.nan
    return position, confidence


def slow_joint(x: float, y: float, c: float, *, size: int, sigma: float) -> np.ndarray:
    out = np.zeros((size, size))
    for row in range(size):
        for column in range(size):
            # Pixel centres lie at (column + 0.5) / size of the box.
            squared = (column - (x * size - 0.5)) ** 2 + (row - (y * size - 0.5)) ** 2
            out[row, column] = c * math.exp(-squared / (2 * sigma**2))
    return out


def slow_limb(a: np.ndarray, b: np.ndarray, c: float, *, size: int, sigma: float) -> np.ndarray:
    """Distance to the segment by trying a thousand points on it."""
    ends = np.stack([a, b]) * size - 0.5
    points = ends[0] + np.linspace(0, 1, 1001)[:, None] * (ends[1] - ends[0])
    rows, columns = np.mgrid[:size, :size]
    pixels = np.stack([columns, rows], -1)[:, :, None]
    squared = ((pixels - points) ** 2).sum(-1).min(-1)
    return c * np.exp(-squared / (2 * sigma**2))


def test_joints_equal_the_slow_drawing(pose: tuple[torch.Tensor, torch.Tensor]) -> None:
    position, confidence = pose
    maps = render_joints(position, confidence, size=9, sigma=0.8)
    for t in range(2):
        for j in range(13):
            expected = np.zeros((9, 9))
            if not (t == 1 and j == 3):
                x, y = position[t, j].tolist()
                expected = slow_joint(x, y, confidence[t, j].item(), size=9, sigma=0.8)
            np.testing.assert_allclose(maps[t, j].numpy(), expected, atol=1e-12)


def test_what_is_drawn_in_windows_equals_whole_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    position = rng.uniform(-0.2, 1.2, (60, 17, 2)).astype(np.float32)
    position[rng.random((60, 17)) < 0.1] = np.nan
    position[0, 0] = 1e6
    confidence = rng.random((60, 17)).astype(np.float32)
    confidence[1] = 0
    place, spec = torch.from_numpy(position), HeatmapSpec(size=56, sigma=0.6)
    clip = Keypoints(position * 300, np.where(np.isfinite(position).all(-1), confidence, 0))
    found = (
        render_joints(place, torch.from_numpy(confidence), size=56, sigma=0.6),
        draw_clip(clip, spec=spec, skeleton=SKELETONS["coco17"]),
    )
    monkeypatch.setattr(heatmaps, "WORTH_IT", 10**9)
    whole = render_joints(place, torch.from_numpy(confidence), size=56, sigma=0.6)
    assert whole.max() > 0.9 and (whole - found[0]).abs().max() < 1e-7
    np.testing.assert_array_equal(found[1], draw_clip(clip, spec=spec, skeleton=SKELETONS["coco17"]))


def test_limbs_equal_the_slow_drawing(pose: tuple[torch.Tensor, torch.Tensor]) -> None:
    position, confidence = pose
    limbs = BODY13.limb_indices
    maps = render_limbs(position, confidence, limbs=limbs, size=9, sigma=0.8)
    for t in range(2):
        for n, (a, b) in enumerate(limbs):
            peak = min(confidence[t, a].item(), confidence[t, b].item())
            expected = np.zeros((9, 9))
            if not (t == 1 and 3 in (a, b)):
                expected = slow_limb(position[t, a].numpy(), position[t, b].numpy(), peak, size=9, sigma=0.8)
            np.testing.assert_allclose(maps[t, n].numpy(), expected, atol=1e-5)


def test_a_limb_of_no_length_is_a_joint() -> None:
    position = torch.tensor([[0.3, 0.6], [0.3, 0.6]])
    confidence = torch.ones(2)
    limb = render_limbs(position, confidence, limbs=((0, 1),), size=8, sigma=1.0)
    joint = render_joints(position, confidence, size=8, sigma=1.0)
    torch.testing.assert_close(limb[0], joint[0])


def test_the_brightest_pixel_is_the_joint() -> None:
    """Round trip: a joint drawn at a pixel's centre is found there."""
    for row, column in [(0, 0), (5, 2), (15, 15)]:
        position = torch.tensor([[(column + 0.5) / 16, (row + 0.5) / 16]])
        map_ = render_joints(position, torch.tensor([0.7]), size=16, sigma=0.6)[0]
        assert divmod(int(map_.argmax()), 16) == (row, column)
        assert map_.max().item() == pytest.approx(0.7)


def test_shapes_that_disagree_are_refused() -> None:
    with pytest.raises(ValueError, match="does not match"):
        render_joints(torch.zeros(4, 13, 2), torch.zeros(4, 12), size=8, sigma=1)
    with pytest.raises(ValueError, match="sigma must be positive"):
        render_joints(torch.zeros(4, 13, 2), torch.zeros(4, 13), size=8, sigma=0)


@pytest.mark.parametrize("channels", ["joints", "limbs", "joints_limbs"])
def test_mirroring_maps_equals_drawing_the_mirrored_person(channels: str) -> None:
    spec = HeatmapSpec(channels=channels, size=16, sigma=1.0)  # type: ignore[arg-type]
    position, confidence = torch.rand((3, 13, 2)), torch.rand((3, 13))
    partners = list(BODY13.mirror)
    mirrored = position[:, partners] * torch.tensor([-1, 1]) + torch.tensor([1, 0])
    drawn = render(mirrored, confidence[:, partners], spec=spec, skeleton=BODY13)
    turned = render(position, confidence, spec=spec, skeleton=BODY13)[:, mirror_channels(spec, BODY13)].flip(-1)
    torch.testing.assert_close(drawn, turned, atol=1e-5, rtol=0)
    assert len(channel_names(spec, BODY13)) == drawn.shape[1]


def test_box_is_the_smallest_square_of_the_whole_clip_enlarged() -> None:
    position = np.array([[[10.0, 20.0], [np.nan, np.nan]], [[30.0, 25.0], [12.0, 22.0]]])
    corner, side = square_box(position, np.ones((2, 2)), enlarge=1.1)
    assert side == pytest.approx(22.0)
    np.testing.assert_allclose(corner, [20 - 11, 22.5 - 11])
    inside = to_box(position, np.ones((2, 2)), enlarge=1.1)
    np.testing.assert_allclose(inside[0, 0], [1 / 22, (20 - 11.5) / 22], rtol=1e-6)
    assert np.isnan(inside[0, 1]).all()


def test_doubtful_joints_do_not_stretch_the_box() -> None:
    position = np.array([[[0.0, 0.0], [10.0, 10.0], [900.0, 5.0]]])
    _, side = square_box(position, np.array([[1.0, 1.0, 0.02]]), enlarge=1.0)
    assert side == 10
    assert square_box(np.full((2, 3, 2), np.nan), np.zeros((2, 3)), enlarge=1.1)[1] == 1.0


def test_the_verb_writes_what_training_would_draw(tmp_path) -> None:
    rng = np.random.default_rng(0)
    clip = Keypoints(rng.uniform(50, 300, (300, 13, 2)).astype(np.float32), np.ones((300, 13), np.float32))
    clip.position[5, 2] = np.nan
    write_keypoints(tmp_path / "k.parquet", KeypointShard({"a": clip}, "body13", "test/1"))
    out = tmp_path / "h.npz"
    arguments = ["heatmaps", "--keypoints", str(tmp_path / "k.parquet"), "--spec", "joints_limbs_p16_s100_b110"]
    assert cli.main([*arguments, "--output", str(out)]) == 0
    shard = read_heatmaps(out)
    maps = shard.clips["a"]
    assert (maps.shape, maps.dtype) == ((300, 27, 16, 16), np.uint8)
    assert shard.spec == "joints_limbs_p16_s100_b110"
    assert maps[5, 2].max() == 0
    spec = HeatmapSpec.parse(shard.spec)
    position = torch.from_numpy(to_box(clip.position, clip.confidence, enlarge=1.1))
    expected = render(position, torch.ones(300, 13), spec=spec, skeleton=BODY13)
    np.testing.assert_allclose(maps / 255, expected.numpy(), atol=0.5 / 255 + 1e-6)
    np.testing.assert_array_equal(draw_clip(clip, spec=spec, skeleton=BODY13), maps)


def test_keypoints_of_other_frames_than_the_videos_table_are_refused(tmp_path, caplog) -> None:
    clip = Keypoints(np.ones((4, 13, 2), np.float32), np.ones((4, 13), np.float32))
    write_keypoints(tmp_path / "k.parquet", KeypointShard({"squat/anna": clip}, "body13", "test/1"))
    command = ["heatmaps", "--keypoints", str(tmp_path / "k.parquet"), "--spec", "joints_p16_s100_b110"]
    command += ["--videos", str(tmp_path / "v.csv"), "--output", str(tmp_path / "h.npz")]
    for frames, status in ((4, 0), (5, 2)):
        write_videos(tmp_path / "v.csv", videos("squat/anna.mp4", frames=frames))
        assert cli.main(command) == status
    assert "k.parquet: expected 5 frames of video squat/anna, as in the videos table, found 4" in caplog.text


def test_a_shard_without_clips_stays_one(tmp_path) -> None:
    """All its videos in quarantine: the stages after it must pass it on."""
    write_keypoints(tmp_path / "k.parquet", KeypointShard({}, "body13", "test/1"))
    command = ["heatmaps", "--keypoints", str(tmp_path / "k.parquet"), "--spec", "joints_p16_s100_b110"]
    assert cli.main([*command, "--output", str(tmp_path / "h.npz")]) == 0
    assert read_heatmaps(tmp_path / "h.npz").clips == {}


def test_an_unknown_version_is_refused(tmp_path) -> None:
    shard = HeatmapShard({"a": np.zeros((2, 1, 4, 4), np.uint8)}, ("head",), 0.6, "body13", "x")
    write_heatmaps(tmp_path / "h.npz", shard)
    with np.load(tmp_path / "h.npz") as file:
        content = dict(file) | {"schema": np.array("heatmaps/9")}
    np.savez(tmp_path / "h.npz", **content)
    with pytest.raises(InputError, match=r"h\.npz: expected la2ds.schema heatmaps/1, found la2ds.schema heatmaps/9"):
        read_heatmaps(tmp_path / "h.npz")
    (tmp_path / "h.npz").write_bytes(b"nothing")
    with pytest.raises(InputError, match="expected a heatmap shard"):
        read_heatmaps(tmp_path / "h.npz")
