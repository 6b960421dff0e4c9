"""Decoding: every frame is the right one, and nothing broken gets through unnoticed."""

# ruff: noqa: E402 - the modules under test need what is skipped for here

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

cv2 = pytest.importorskip("cv2", reason="the video extra is not installed")
av = pytest.importorskip("av", reason="the video extra is not installed")

from la2ds.__main__ import main
from la2ds.config import FramesConfig
from la2ds.datasets.decode import check_timing, to_jpeg
from la2ds.datasets.films.clip import Timing
from la2ds.datasets.video import VideoError, open_video
from la2ds.errors import InputError
from la2ds.formats.files.parquet import write_parquet
from la2ds.formats.frames import FRAMES_SCHEMA, decoders, read_frames, write_frames
from la2ds.formats.videos import write_videos

FPS, FRAMES, WIDTH, HEIGHT = 25, 40, 96, 64


def grey(frame: int) -> int:
    """Frame k is one flat picture of this grey, five levels apart from its neighbours."""
    return 20 + 5 * frame


def write_mp4(path: Path, *, frames: int = FRAMES, fps: int = FPS, size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "10", "g": "10"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for frame in range(frames):
            picture = np.full((size[1], size[0], 3), grey(frame), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def row(source: str, **changes: object) -> dict[str, object]:
    """A row of the videos table that tells the truth about ``write_mp4``'s clips, but for the changes."""
    values = {"video_id": Path(source).stem, "action": "squat", "split": "train", "source": source, "frames": FRAMES}
    return values | {"fps": FPS, "width": WIDTH, "height": HEIGHT, "shard": "squat_000"} | changes


def decode(
    folder: Path, *rows: dict[str, object], shard: str = "squat_000", settings: str = "", reader: str = "demo"
) -> int:
    write_videos(folder / "videos.csv", pd.DataFrame(rows))
    (folder / "toy.yaml").write_text(f"reader: {reader}\nroot: nowhere\nactions: [squat]\n{settings}")
    options = {"dataset": "toy.yaml", "videos": "videos.csv", "output": "f.parquet", "quarantine": "q.csv"}
    paths = [part for key, name in options.items() for part in (f"--{key}", str(folder / name))]
    return main(["decode", *paths, "--root", str(folder), "--shard", shard])


def quarantine(folder: Path) -> list[list[str]]:
    with (folder / "q.csv").open(newline="") as file:
        return list(csv.reader(file))


def greys(images: list[bytes]) -> np.ndarray:
    return np.array([cv2.imdecode(np.frombuffer(i, np.uint8), cv2.IMREAD_COLOR).mean() for i in images])


def test_every_frame_is_itself_and_has_its_time(tmp_path):
    write_mp4(tmp_path / "b.mp4")
    write_mp4(tmp_path / "a.mp4", frames=30)
    assert decode(tmp_path, row("b.mp4"), row("a.mp4", frames=30), row("c.mp4", shard="squat_001")) == 0
    clips = list(read_frames(tmp_path / "f.parquet"))
    assert [(video_id, len(images)) for video_id, _, images in clips] == [("a", 30), ("b", FRAMES)]
    for _, times, images in clips:
        np.testing.assert_allclose(greys(images), [grey(k) for k in range(len(images))], atol=2)
        np.testing.assert_allclose(times, np.arange(len(images)) / FPS, atol=1e-4)
    assert quarantine(tmp_path) == [["video_id", "source", "stage", "reason"]]
    assert all(d.startswith("av/") for d in decoders(tmp_path / "f.parquet").values())


def test_short_side_is_bounded_and_small_video_is_left_alone(tmp_path):
    write_mp4(tmp_path / "a.mp4")
    assert decode(tmp_path, row("a.mp4"), settings="frames: {short_side: 32}") == 0
    (_, _, images) = next(read_frames(tmp_path / "f.parquet"))
    assert cv2.imdecode(np.frombuffer(images[0], np.uint8), cv2.IMREAD_COLOR).shape == (32, 48, 3)
    picture = np.zeros((20, 30, 3), np.uint8)
    kept = cv2.imdecode(np.frombuffer(to_jpeg(picture, FramesConfig()), np.uint8), cv2.IMREAD_COLOR)
    assert kept.shape == picture.shape


def test_colours_keep_their_order(tmp_path):
    (tmp_path / "clip").mkdir()
    red = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    red[..., 2] = 200
    cv2.imwrite(str(tmp_path / "clip" / "0.png"), red)
    with av.open(str(tmp_path / "red.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(red, format="bgr24")))
        container.mux(stream.encode())
    for source in ("clip", "red.mp4"):
        blue, _, red_level = next(open_video(tmp_path / source).read()).mean((0, 1))
        assert (blue, red_level) == pytest.approx((0, 200), abs=8)


def test_folder_is_read_in_order_of_names_and_times_follow_the_table(tmp_path):
    folder = tmp_path / "0001"
    folder.mkdir()
    for frame in reversed(range(12)):
        cv2.imwrite(str(folder / f"{frame:06d}.jpg"), np.full((HEIGHT, WIDTH, 3), grey(frame), np.uint8))
    (folder / "notes.txt").write_text("not a picture")
    assert decode(tmp_path, row("0001", frames=12, fps=10)) == 0
    (_, times, images) = next(read_frames(tmp_path / "f.parquet"))
    np.testing.assert_allclose(greys(images), [grey(k) for k in range(12)], atol=2)
    np.testing.assert_allclose(times, np.arange(12) / 10)
    assert decode(tmp_path, row("0001", frames=12, fps=None)) == 0
    assert np.isnan(next(read_frames(tmp_path / "f.parquet"))[1]).all()


@pytest.mark.parametrize(
    ("changes", "stage", "reason"),
    [
        ({"frames": FRAMES + 1}, "frames", "expected 41 frames, found 40"),
        ({"fps": 30}, "fps", "expected 30 fps, found 25"),
        ({"width": 100}, "size", "expected 100 x 64 pixels, found 96 x 64"),
        ({"source": "zero.mp4"}, "open", "expected a video, found a file of 0 bytes"),
        ({"source": "gone.mp4"}, "open", "expected a video file or a folder of pictures, found no such file"),
        ({"source": "text.mp4"}, "open", "expected a video, found "),
    ],
)
def test_what_contradicts_the_table_goes_to_quarantine(tmp_path, changes, stage, reason):
    write_mp4(tmp_path / "good.mp4")
    write_mp4(tmp_path / "odd.mp4")
    (tmp_path / "zero.mp4").touch()
    (tmp_path / "text.mp4").write_text("this is no video\n" * 50)
    assert decode(tmp_path, row("good.mp4"), row("odd.mp4") | changes) == 0
    assert [video_id for video_id, _, _ in read_frames(tmp_path / "f.parquet")] == ["good"]
    [_, [video_id, source, found_stage, found_reason]] = quarantine(tmp_path)
    assert (video_id, source, found_stage) == ("odd", changes.get("source", "odd.mp4"), stage)
    assert found_reason.startswith(reason)
    assert "\n" not in found_reason


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_truncated_video_goes_to_quarantine(tmp_path, share):
    write_mp4(tmp_path / "good.mp4")
    content = (tmp_path / "good.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(content[: int(len(content) * share)])
    assert decode(tmp_path, row("cut.mp4"), row("good.mp4")) == 0
    assert [video_id for video_id, _, _ in read_frames(tmp_path / "f.parquet")] == ["good"]
    assert [line[0] for line in quarantine(tmp_path)[1:]] == ["cut"]


def test_frames_beyond_the_labels_are_left_out_where_that_is_known(tmp_path, caplog):
    """IKEA ASM's films are up to two frames longer than their labels; of others that is a contradiction."""
    write_mp4(tmp_path / "a.mp4")
    assert decode(tmp_path, row("a.mp4", frames=FRAMES - 2)) == 0
    assert [line[3] for line in quarantine(tmp_path)[1:]] == ["expected 38 frames, found 40"]
    for frames, kept in ((FRAMES - 2, [FRAMES - 2]), (FRAMES - 3, [])):
        assert decode(tmp_path, row("a.mp4", frames=frames), reader="ikea") == 0
        clips = list(read_frames(tmp_path / "f.parquet"))
        assert [len(images) for _, _, images in clips] == [len(times) for _, times, _ in clips] == kept
    assert "the last 2 of 40 frames have no labels and are left out" in caplog.text


def test_what_could_not_be_read_when_it_was_listed_keeps_its_reason(tmp_path):
    write_mp4(tmp_path / "good.mp4")
    (tmp_path / "text.mp4").write_text("no video" * 50)
    rows = [row(name, frames=0, fps=None, width=0, height=0) for name in ("good.mp4", "text.mp4")]
    assert decode(tmp_path, *rows) == 0
    changed = "expected a clip that cannot be read, found 40 frames: the file has changed since it was listed"
    broken = "expected a video, found invalid data found when processing input"
    assert [line[3] for line in quarantine(tmp_path)[1:]] == [changed, broken]


def test_a_rate_that_only_the_time_stamps_contradict_is_found(tmp_path):
    """The film announces 25 frames a second, and the table says so, yet it lasts twice as long."""
    timing = Timing(np.arange(FRAMES) * 2 / FPS, FPS / 2)
    with pytest.raises(VideoError, match=r"expected 25 fps, found 12\.5"):
        check_timing(tmp_path / "a.mp4", pd.DataFrame([row("a.mp4")]).iloc[0], timing)


def test_broken_picture_is_named(tmp_path):
    folder = tmp_path / "clip"
    folder.mkdir()
    cv2.imwrite(str(folder / "0.png"), np.zeros((4, 4, 3), np.uint8))
    (folder / "1.png").write_bytes(b"half a picture")
    with pytest.raises(VideoError, match=r"expected a picture, found 14 bytes that are none \(frame 1\)"):
        list(open_video(folder).read())


def test_a_shard_without_a_readable_video_is_empty_and_lists_them(tmp_path, caplog):
    assert decode(tmp_path, row("gone.mp4")) == 0
    assert "shard squat_000: none of 1 videos could be read" in caplog.text
    assert len(quarantine(tmp_path)) == 2
    assert list(read_frames(tmp_path / "f.parquet")) == []
    assert decode(tmp_path, row("gone.mp4"), shard="squat_007") == 2
    assert "expected videos of shard squat_007, found none" in caplog.text


def test_unknown_frames_version_is_refused_in_one_line(tmp_path):
    write_parquet(tmp_path / "f.parquet", pa.table({"video_id": ["a"]}), schema="frames/2")
    with pytest.raises(InputError, match=r"expected la2ds\.schema frames/1, found la2ds\.schema frames/2") as error:
        next(read_frames(tmp_path / "f.parquet"))
    assert "\n" not in str(error.value)


def test_two_videos_in_one_row_group_are_refused(tmp_path):
    columns = {"video_id": ["a", "b"], "frame": pa.array([0, 0], pa.int32()), "time_s": [0.0, 0.0], "image": [b"", b""]}
    write_parquet(tmp_path / "f.parquet", pa.table(columns), schema=FRAMES_SCHEMA)
    with pytest.raises(InputError, match="expected one video in each row group, found 2 videos"):
        next(read_frames(tmp_path / "f.parquet"))


def test_interrupted_writing_leaves_no_file(tmp_path):
    def interrupted() -> None:
        with write_frames(tmp_path / "f.parquet") as writer:
            writer.add("a", times=np.zeros(1), images=[b"x"], decoder="d/1")
            writer.add("b", times=np.zeros(1), images=[b"x", b"y"], decoder="d/1")

    with pytest.raises(ValueError, match="1 times do not match 2 images"):
        interrupted()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "frames", "fps", "size"),
    [
        ("pose2sim_balance_cam01.mp4", 100, 60, (1080, 1920)),
        ("pose2sim_balance_cam02.mp4", 100, 60, (1080, 1920)),
        ("sit_stand_bodypose3d.mp4", 187, 20, (720, 720)),
        ("upper_body_mmaction2.avi", 164, 25, (320, 240)),
    ],
)
def test_real_clips_decode(shared_data, tmp_path, name, frames, fps, size):
    (tmp_path / name).symlink_to(shared_data / "data" / "video" / name)
    assert decode(tmp_path, row(name, frames=frames, fps=fps, width=size[0], height=size[1])) == 0
    (_, times, images) = next(read_frames(tmp_path / "f.parquet"))
    assert len(images) == frames
    assert times[-1] == pytest.approx((frames - 1) / fps, abs=1 / fps)
