"""The verb ``decode``: decode a shard of videos to JPEG frames.

In: ``videos.csv``, the dataset file and the videos below its root. Out: the frames of the shard, and the quarantine
list of the clips that could not be read, with the reason; those are missing in all later stages.
"""

import argparse
import csv
import io
import logging
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from la2ds.config import DatasetConfig, FramesConfig, load
from la2ds.datasets.films.clip import Timing, settle
from la2ds.datasets.reader import SURPLUS
from la2ds.datasets.video import Video, VideoError, examine, open_video
from la2ds.errors import InputError
from la2ds.formats.files.storage import write_text
from la2ds.formats.frames import FramesWriter, write_frames
from la2ds.formats.quarantine import Refusal
from la2ds.formats.videos import read_videos

log = logging.getLogger(__name__)

QUARANTINE_COLUMNS = ["video_id", "source", "stage", "reason"]
_FPS_TOLERANCE = 0.01


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the verb's options."""
    parser.add_argument("--dataset", type=Path, required=True, help="dataset file (config/datasets/*.yaml)")
    parser.add_argument("--root", type=Path, help="folder of the native files (default: the dataset file's root)")
    parser.add_argument("--videos", type=Path, required=True, help="videos table (CSV)")
    parser.add_argument("--shard", required=True, help="which shard of the table")
    parser.add_argument("--output", type=Path, required=True, help="frames to write (Parquet)")
    parser.add_argument("--quarantine", type=Path, required=True, help="list of unreadable clips to write (CSV)")


def main(args: argparse.Namespace) -> None:
    """Write the frames and the quarantine list, also when one of them is empty: a bad shard must not end a study."""
    # Shards run side by side: OpenCV must not start a thread per core in each.
    cv2.setNumThreads(1)
    dataset = load(DatasetConfig, args.dataset)
    videos = read_videos(args.videos)
    rows = shard_rows(args.videos, videos, args.shard)
    root = args.root or Path(dataset.root)
    if not root.is_dir():
        raise InputError(root, expected=f"the folder of the videos in {args.videos}", found="no such folder")
    metadata = {"short_side": str(dataset.frames.short_side), "quality": str(dataset.frames.quality)}
    with write_frames(args.output, metadata) as writer:
        surplus = SURPLUS.get(dataset.reader, 0)
        refused = decode_shard(writer, rows, root=root, settings=dataset.frames, surplus=surplus)
        write_text(args.quarantine, quarantine_csv(refused))
    if len(refused) == len(rows):
        log.warning("shard %s: none of %d videos could be read, see %s", args.shard, len(rows), args.quarantine)


def shard_rows(path: Path, videos: pd.DataFrame, shard: str) -> pd.DataFrame:
    """Give a shard's rows of the videos table.

    Raises:
        InputError: if there are none.
    """
    rows = videos[videos.shard == shard]
    if rows.empty:
        raise InputError(path, expected=f"videos of shard {shard}", found="none")
    return rows.reset_index(drop=True)


def decode_shard(
    writer: FramesWriter, rows: pd.DataFrame, *, root: Path, settings: FramesConfig, surplus: int = 0
) -> list[Refusal]:
    """Decode one video after another.

    Args:
        writer: takes the frames.
        rows: rows of the videos table.
        root: what ``source`` is relative to.
        settings: size and quality of the pictures, and what is done about damaged clips.
        surplus: frames that a clip may be longer than its row says; they are left out, with a warning.

    Returns:
        the clips that are broken or contradict the table.
    """
    refused = []
    row: Any
    for row in tqdm(rows.itertuples(), total=len(rows), desc="decode", unit="video", disable=len(rows) < 2):
        try:
            video = open_video(root / str(row.source), salvage=settings.salvage)
            images, timing = encode(video, row, settings, surplus=surplus)
        except VideoError as error:
            log.warning("%s goes to quarantine: %s", row.video_id, error)
            refused.append(Refusal(str(row.video_id), str(row.source), error.stage, error.reason))
            continue
        times = frame_times(timing, row.fps)[: len(images)]
        writer.add(str(row.video_id), times=times, images=images, decoder=video.decoder)
    log.info("decoded %d of %d videos", len(rows) - len(refused), len(rows))
    return refused


def encode(video: Video, row: Any, settings: FramesConfig, *, surplus: int = 0) -> tuple[list[bytes], Timing]:
    """Decode a video to JPEG files whose short side is bounded; only these, not the pictures, stay in memory.

    Args:
        video: an opened clip.
        row: its row of the videos table.
        settings: size and quality of the pictures.
        surplus: see ``decode_shard``.

    Returns:
        T JPEG files, as many as the table says; and the times of all frames.

    Raises:
        VideoError: if a frame cannot be decoded, or if their number, rate or size are not the table's: keypoints are
            given in pixels of that size.
    """
    if not row.frames:
        # Nothing could be read when the table was written. Reading is the same every time, so this raises the reason.
        found = f"{examine(video).frames} frames: the file has changed since it was listed"
        raise VideoError(video.file, stage="frames", expected="a clip that cannot be read", found=found)
    images: list[bytes] = []
    moments: list[float] = []
    for number, frame in enumerate(video.frames()):
        moments.append(frame.time)
        if number >= row.frames:
            continue
        picture = frame.picture()
        if picture.shape != (row.height, row.width, 3):
            size, found = f"{row.width} x {row.height} pixels", f"{picture.shape[1]} x {picture.shape[0]}"
            raise VideoError(video.file, stage="size", expected=size, found=found, frame=number)
        images.append(to_jpeg(picture, settings))
    timing = settle(moments, video.rate)
    check_timing(video.file, row, timing, surplus=surplus)
    return images, timing


def check_timing(file: Path, row: Any, timing: Timing, *, surplus: int = 0) -> None:
    """Hold the number of frames and their rate against the videos table; an empty fps is not compared.

    Raises:
        VideoError: if they differ.
    """
    found = len(timing.times)
    if not row.frames <= found <= row.frames + surplus:
        raise VideoError(file, stage="frames", expected=f"{row.frames} frames", found=str(found))
    if found > row.frames:
        log.warning("%s: the last %d of %d frames have no labels and are left out", file, found - row.frames, found)
    if abs(timing.fps - row.fps) > _FPS_TOLERANCE * row.fps:  # false where one is NaN
        raise VideoError(file, stage="fps", expected=f"{row.fps:g} fps", found=f"{timing.fps:g}")


def to_jpeg(picture: np.ndarray, settings: FramesConfig) -> bytes:
    """Shrink a picture until its short side is bounded, never enlarge it, and encode it.

    Args:
        picture: (H, W, 3) uint8, BGR.
        settings: short side in pixels and JPEG quality.
    """
    height, width = picture.shape[:2]
    scale = settings.short_side / min(height, width)
    if scale < 1:
        size = (round(width * scale), round(height * scale))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, settings.quality])
    return bytes(encoded.tobytes())


def frame_times(timing: Timing, fps: float) -> np.ndarray:
    """Give (T,) seconds: the file's own, else by the table's frame rate, else NaN."""
    return np.arange(len(timing.times)) / fps if np.isnan(timing.times).any() else timing.times


def quarantine_csv(refused: list[Refusal]) -> str:
    """Write the quarantine list as CSV, header first."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(QUARANTINE_COLUMNS)
    rows.writerows([r.video_id, r.source, r.stage, r.reason] for r in refused)
    return text.getvalue()
