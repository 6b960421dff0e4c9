"""From decoded frames to a keypoint shard: what all estimators that read pictures share."""

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TextIO

import numpy as np
import pyarrow.parquet as pq
from tqdm import tqdm

from la2ds.errors import InputError
from la2ds.formats.frames import read_frames
from la2ds.formats.keypoints import Keypoints
from la2ds.pose.people.people import People
from la2ds.pose.people.subject import SubjectCounts, follow_subject
from la2ds.pose.request import PoseRequest

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Film:
    """One clip to be looked at.

    Attributes:
        file: the frames file it is in, for messages.
        video_id: its name.
        times: (T,) seconds, NaN where unknown.
        images: T JPEG files.
        bar: told of every picture that was given, if there is one.
    """

    file: Path
    video_id: str
    times: np.ndarray
    images: list[bytes]
    bar: "tqdm[NoReturn] | None" = None

    def pictures(self) -> Iterator[np.ndarray]:
        """Decode picture by picture, (H, W, 3) uint8 red, green, blue.

        Raises:
            InputError: if a frame is no picture.
        """
        import cv2

        for frame, image in enumerate(self.images):
            picture = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)
            if picture is None:
                found = "something else"
                raise InputError(self.file, expected=f"a JPEG as frame {frame} of {self.video_id}", found=found)
            yield cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
            if self.bar is not None:
                self.bar.update()


FindPeople = Callable[[Film], list[People]]  # positions are shares of the picture's width and height
Look = Callable[[Film, tuple[int, int]], Keypoints]  # and the original's width and height, of which it gives pixels


def estimate_clips(
    request: PoseRequest, frames: Path, name: str, find_people: FindPeople
) -> tuple[dict[str, Keypoints], SubjectCounts]:
    """Estimate the poses of one person in each of the requested videos.

    Args:
        request: as for ``look_at_clips``.
        frames: the same.
        name: the same.
        find_people: finds the people in each frame of a clip.

    Returns:
        the subject of each clip as ``look_at_clips`` gives it; what happened on the way.

    Raises:
        InputError: as for ``look_at_clips``.
    """
    counts = []

    def look(film: Film, size: tuple[int, int]) -> Keypoints:
        clip, clip_counts = _subject(film.video_id, find_people(film), size)
        counts.append(clip_counts)
        return clip

    return look_at_clips(request, frames, name, look), sum(counts, SubjectCounts())


def look_at_clips(request: PoseRequest, frames: Path, name: str, look: Look) -> dict[str, Keypoints]:
    """Estimate the poses of the requested videos; those missing from the frames file are named and left out.

    Args:
        request: the videos, and what their poses are made from.
        frames: the frames file.
        name: the estimator's, for the progress bar.
        look: estimates the poses of a clip.

    Returns:
        the pose of each clip in pixels of the original video, in the order of the request.

    Raises:
        InputError: if frames are wrong, or no requested video has frames.
    """
    videos = request.videos
    sizes = {str(v): (int(w), int(h)) for v, w, h in zip(videos.video_id, videos.width, videos.height, strict=True)}
    clips: dict[str, Keypoints] = {}
    # A stderr of its own: estimators silence the process's while they look.
    with (
        os.fdopen(os.dup(2), "w") as screen,
        tqdm(total=int(videos.frames.sum()), desc=name, unit="frame", file=screen, mininterval=_pace(screen)) as bar,
    ):
        for video_id, times, images in read_frames(frames):
            if video_id in sizes:
                clips[video_id] = look(Film(frames, video_id, times, images, bar), sizes[video_id])
    absent = [v for v in videos.video_id if v not in clips]
    if absent:
        log.warning("no frames, so no poses (see the quarantine list): %s", ", ".join(absent))
    if not clips and pq.read_metadata(frames).num_rows:
        # An empty file is a shard whose videos are all in quarantine; this one belongs to another shard.
        raise InputError(frames, expected="frames of the shard's videos", found="none of them")
    return {v: clips[v] for v in videos.video_id if v in clips}


def _pace(screen: TextIO) -> float:
    """Give the seconds between two looks at a bar: logs keep every one."""
    return 0.1 if screen.isatty() else 10.0


def _subject(video_id: str, frames: list[People], size: tuple[int, int]) -> tuple[Keypoints, SubjectCounts]:
    # Shares of width and height, so the size of the decoded frames does not matter.
    scale = np.array(size, dtype=np.float32)
    scaled = [People(p.position * scale, p.confidence, _scaled(p.boxes, scale)) for p in frames]
    subject = follow_subject(scaled, size)
    if subject.counts.lost:
        log.info("%s: no person in %d of %d frames", video_id, subject.counts.lost, len(frames))
    if subject.counts.several:
        log.info("%s: %s", video_id, subject.counts)
    return Keypoints(subject.position, subject.confidence), subject.counts


def _scaled(boxes: np.ndarray | None, scale: np.ndarray) -> np.ndarray | None:
    return None if boxes is None else boxes * np.tile(scale, 2)


def subject_metadata(counts: SubjectCounts) -> dict[str, str]:
    """Write down what happened, as metadata of a shard."""
    return {"subject": str(counts)}
