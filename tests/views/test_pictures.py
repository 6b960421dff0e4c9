"""Pictures: which part of a frame is shown, and how views of them are changed."""

import sys

import cv2
import numpy as np
import pytest
import torch

from la2ds.config import AugmentationConfig, PictureAugmentationConfig, PictureSpec
from la2ds.errors import InputError
from la2ds.extras import extras_named
from la2ds.formats.frames import write_frames
from la2ds.formats.keypoints import Keypoints
from la2ds.views.augment.pictures import change_colour, change_pictures, colour_map, draw_colour, draw_contrast
from la2ds.views.augment.plane import change_space
from la2ds.views.pictures import box_region, cut, plain_pictures, read_pictures

STILL = PictureAugmentationConfig((1.0, 1.0), 0.0, 0.0, (1.0, 1.0), (1.0, 1.0), 0.0, 0.0)
SIZE = (320, 240)  # of the original video


def jpeg(picture):
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def dotted(places, *, scale=1.0, colour=(0, 0, 255)):
    """Frames with a blurred dot, in BGR, stored at a scale of the original size."""
    frames = []
    for x, y in places:
        frame = np.zeros((round(SIZE[1] * scale), round(SIZE[0] * scale), 3), np.uint8)
        cv2.circle(frame, (round(x * scale), round(y * scale)), max(1, round(6 * scale)), colour, -1)
        frames.append(jpeg(frame))
    return frames


def pose(places):
    """Keypoints at the dot and at the corners of a square of 100 pixels around (160, 120)."""
    corners = np.array([[110.0, 70.0], [210.0, 170.0]])
    position = np.stack([np.concatenate([[place], corners]) for place in np.array(places, float)])
    return Keypoints(position.astype(np.float32), np.ones((len(places), 3), np.float32))


def shard(folder, clips):
    path = folder / "frames.parquet"
    with write_frames(path) as writer:
        for video_id, images in clips.items():
            writer.add(video_id, times=np.arange(len(images)) / 20, images=images, decoder="test/1")
    return path


def brightest(picture):
    """Centre of mass of the red channel as shares of the picture, x first."""
    red = picture[0].astype(float)
    red = np.where(red > 60, red, 0)
    y, x = np.mgrid[: red.shape[0], : red.shape[1]] + 0.5
    return np.array([(red * x).sum(), (red * y).sum()]) / red.sum() / red.shape[0]


PLACES = [(130, 90), (160, 120), (190, 140)]


@pytest.mark.parametrize("scale", [1.0, 0.5])
@pytest.mark.parametrize("size", [16, 48, 224])
def test_the_box_shows_joints_where_heatmaps_draw_them(tmp_path, scale, size):
    path = shard(tmp_path, {"a": dotted(PLACES, scale=scale)})
    poses, spec = {"a": pose(PLACES)}, PictureSpec(crop="box", size=size)
    clips = read_pictures([path], spec=spec, keypoints=poses, box=1.2, video_ids={"a"}, sizes={"a": SIZE})
    assert clips["a"].shape == (3, 3, size, size) and clips["a"].dtype == np.uint8
    for picture, place in zip(clips["a"], PLACES, strict=True):
        expected = (np.array(place) - (100, 60)) / 120
        # A dot is drawn at whole pixels, whose centre lies half a pixel further.
        assert np.abs(brightest(picture) - expected).max() < 0.5 / 120 / scale + 0.01


def test_the_whole_picture_is_squeezed(tmp_path):
    path = shard(tmp_path, {"a": dotted(PLACES)})
    spec = PictureSpec(crop="frame", size=64)
    clip = read_pictures([path], spec=spec, keypoints=None, box=1.1, video_ids={"a"}, sizes={"a": SIZE})["a"]
    for picture, place in zip(clip, PLACES, strict=True):
        assert np.abs(brightest(picture) - np.array(place) / SIZE).max() < 0.01


def test_colours_are_red_green_blue_and_unwanted_clips_are_left_out(tmp_path):
    path = shard(tmp_path, {"a": dotted(PLACES), "b": dotted(PLACES), "c": dotted(PLACES)})
    poses, spec = {"a": pose(PLACES)}, PictureSpec(crop="box", size=32)
    clips = read_pictures(
        [path], spec=spec, keypoints=poses, box=1.2, video_ids={"a", "b"}, sizes={"a": SIZE, "b": SIZE}
    )
    assert list(clips) == ["a"]
    assert clips["a"][:, 0].max() > 200 > 60 > clips["a"][:, 1:].max()


def test_border_is_repeated_and_averaging_is_even():
    picture = np.full((40, 40, 3), 90, np.uint8)
    picture[:, 20:] = 200
    shown = cut(picture, (-1.0, -1.0, 2.0, 2.0), size=20)
    assert (shown[:, :15] == 90).all() and (shown[:, 15:] == 200).all()
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 200
    assert np.abs(cut(stripes, (0.0, 0.0, 1.0, 1.0), size=16).astype(int) - 100).max() <= 1


def test_a_stray_joint_cannot_fill_the_memory():
    assert cut(np.zeros((40, 40, 3), np.uint8), (-1e6, -1e6, 2e6, 2e6), size=48).shape == (48, 48, 3)


def test_a_clip_without_joints_shows_the_whole_picture():
    empty = Keypoints(np.full((3, 2, 2), np.nan, np.float32), np.zeros((3, 2), np.float32))
    assert box_region(empty, box=1.1, size=SIZE) == (0, 0, 1, 1)


def test_broken_frames_and_missing_poses_are_one_sentence(tmp_path):
    spec, sizes = PictureSpec(crop="box", size=32), {"a": SIZE}
    path = shard(tmp_path, {"a": [*dotted(PLACES[:2]), b"no picture"]})
    with pytest.raises(InputError, match="expected a JPEG as frame 2 of a, found something else"):
        read_pictures([path], spec=spec, keypoints={"a": pose(PLACES)}, box=1.1, video_ids={"a"}, sizes=sizes)
    with pytest.raises(InputError, match="expected 2 frames of a, as many as it has poses, found 3"):
        read_pictures([path], spec=spec, keypoints={"a": pose(PLACES[:2])}, box=1.1, video_ids={"a"}, sizes=sizes)
    with pytest.raises(ValueError, match="need keypoints"):
        read_pictures([path], spec=spec, keypoints=None, box=1.1, video_ids={"a"}, sizes=sizes)


def test_a_missing_opencv_is_one_sentence(tmp_path, monkeypatch):
    path = shard(tmp_path, {"a": dotted(PLACES)})
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(InputError, match=r"^cv2: .*pip install 'la2ds\[video\]'"), extras_named():
        read_pictures([path], spec=PictureSpec(crop="frame"), keypoints=None, box=1.1, video_ids={"a"}, sizes={})


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def random_pictures(views=3, frames=2, size=24):
    return torch.randint(0, 256, (views, frames, 3, size, size), dtype=torch.uint8, generator=generator(7))


def test_no_change_is_no_change():
    pictures = random_pictures()
    changed = change_pictures(pictures, generator(), config=STILL, affine=None)
    torch.testing.assert_close(changed, plain_pictures(pictures), atol=1e-5, rtol=0)
    identity = torch.eye(2, 3).expand(3, 2, 3)
    changed = change_pictures(pictures, generator(), config=STILL, affine=identity)
    torch.testing.assert_close(changed, plain_pictures(pictures), atol=1e-5, rtol=0)
    assert plain_pictures(torch.tensor([0, 255], dtype=torch.uint8)).tolist() == [-1, 1]


def test_a_dot_moves_where_its_keypoint_moves():
    """Pictures follow the map that ``change_space`` gives: mirrored, turned, stretched and shifted."""
    views, size = 40, 64
    places = torch.rand(views, 1, 1, 2, generator=generator(1)) * 0.4 + 0.3
    config = AugmentationConfig(noise=0, joint_dropout=0, frame_dropout=0)
    moved, _, affine = change_space(places, torch.ones(views, 1, 1), generator(2), config=config, partners=(0,))
    pixels = (torch.arange(size) + 0.5) / size
    x, y = places[..., 0, None] - pixels[None, None, None], places[..., 1, None] - pixels[None, None, None]
    dots = torch.exp(-(y[..., :, None] ** 2 + x[..., None, :] ** 2) / (2 * 0.03**2))  # (B, 1, 1, S, S)
    pictures = (dots * 255).round().to(torch.uint8).expand(views, 1, 3, size, size)
    changed = (change_pictures(pictures, generator(3), config=STILL, affine=affine) + 1) / 2
    weight = changed[:, 0, 0] * (changed[:, 0, 0] > 0.02)
    total = weight.sum((1, 2))
    found = torch.stack([(weight.sum(1) * pixels).sum(1) / total, (weight.sum(2) * pixels).sum(1) / total], 1)
    inside = ((moved[:, 0, 0] > 0.1) & (moved[:, 0, 0] < 0.9)).all(1)
    assert inside.sum() > 30
    assert (found - moved[:, 0, 0])[inside].abs().max() < 0.01
    assert (found - places[:, 0, 0])[inside].abs().max() > 0.2


def test_mirroring_turns_left_and_right_around():
    config = PictureAugmentationConfig((1.0, 1.0), 1.0, 0.0, (1.0, 1.0), (1.0, 1.0), 0.0, 0.0)
    pictures = random_pictures()
    changed = change_pictures(pictures, generator(), config=config, affine=None)
    torch.testing.assert_close(changed, plain_pictures(pictures).flip(-1), atol=1e-5, rtol=0)


def test_a_crop_shows_a_part_enlarged_and_nothing_beyond():
    ramp = torch.linspace(0, 255, 64).round().to(torch.uint8).expand(8, 1, 3, 64, 64)
    config = PictureAugmentationConfig((0.5, 0.5), 0.0, 0.0, (1.0, 1.0), (1.0, 1.0), 0.0, 0.0)
    changed = change_pictures(ramp, generator(), config=config, affine=None)
    span = changed[:, 0, 0, 0, -1] - changed[:, 0, 0, 0, 0]
    assert (span - 1).abs().max() < 0.05  # half of -1 ... 1
    assert changed[:, 0, 0, 0, 0].unique().numel() > 4


def colour_only(**changes):
    return PictureAugmentationConfig(**({"crop": (1.0, 1.0), "mirror": 0.0, "brightness": 0.0} | changes))


def test_grey_takes_colour_away_and_contrast_keeps_the_mean():
    pictures = random_pictures() // 4 + 96  # far from black and white, so that nothing is cut off
    plain = plain_pictures(pictures)
    config = colour_only(contrast=(1.0, 1.0), saturation=(1.0, 1.0), grey=1.0)
    grey = change_pictures(pictures, generator(), config=config, affine=None)
    torch.testing.assert_close(grey[:, :, 0], grey[:, :, 1], atol=1e-5, rtol=0)
    luma = (plain * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(2)
    torch.testing.assert_close(grey[:, :, 0], luma, atol=1e-5, rtol=0)
    config = colour_only(contrast=(0.5, 0.5), saturation=(1.0, 1.0))
    flat = change_pictures(pictures, generator(), config=config, affine=None)
    torch.testing.assert_close(flat, luma.mean((1, 2, 3))[:, None, None, None, None].lerp(plain, 0.5))


def test_colours_change_as_if_step_by_step():
    pictures = plain_pictures(random_pictures())
    config = PictureAugmentationConfig(brightness=0.2, contrast=(0.4, 1.6), saturation=(0.4, 1.6), grey=0.3)
    colour = draw_colour(3, generator(4), config=config)
    contrast = draw_contrast(3, generator(5), config=config)
    mixed = torch.einsum("bij,bfjhw->bfihw", colour[:, :, :3], pictures) + colour[:, None, :, 3, None, None]
    luma = torch.tensor([0.299, 0.587, 0.114])
    grey = torch.einsum("c,bfchw->b", luma, mixed)[:, None, None, None, None] / pictures[0, :, 0].numel()
    video_ids = grey + contrast[:, None, None, None, None] * (mixed - grey)
    found = change_colour(pictures, *colour_map(colour, contrast))
    torch.testing.assert_close(found, video_ids, atol=1e-5, rtol=0)


def test_changes_are_the_same_in_all_frames_of_a_view_and_differ_between_views():
    pictures = random_pictures(1, 1).expand(4, 3, 3, 24, 24)
    changed = change_pictures(pictures, generator(), config=PictureAugmentationConfig(), affine=None)
    torch.testing.assert_close(changed[:, 0], changed[:, 2], atol=1e-6, rtol=0)
    assert all((changed[0] - changed[n]).abs().max() > 0.05 for n in (1, 2, 3))
    assert changed.abs().max() <= 1
    again = change_pictures(pictures, generator(), config=PictureAugmentationConfig(), affine=None)
    assert torch.equal(changed, again)


def test_noise_differs_from_frame_to_frame():
    pictures = torch.full((1, 2, 3, 32, 32), 128, dtype=torch.uint8)
    config = colour_only(contrast=(1.0, 1.0), saturation=(1.0, 1.0), noise=0.05)
    changed = change_pictures(pictures, generator(), config=config, affine=None)
    assert changed.std().item() == pytest.approx(0.1, rel=0.05)
    assert not torch.equal(changed[0, 0], changed[0, 1])
