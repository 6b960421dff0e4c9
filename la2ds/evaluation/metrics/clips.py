"""What every metric takes, the embedded clips of one action, and what it gives, rows of the metrics file."""

from dataclasses import dataclass

import numpy as np

from la2ds.formats.labels import BACKGROUND


@dataclass(frozen=True)
class Clip:
    """One embedded video.

    Attributes:
        video_id: its name.
        embedding: (T, D) finite.
        phases: (T,) integers; -1 where the frame is background.
        fps: frames per second; NaN where unknown.
    """

    video_id: str
    embedding: np.ndarray
    phases: np.ndarray
    fps: float

    def __post_init__(self) -> None:
        """Refuse shapes that disagree."""
        if self.embedding.ndim != 2 or len(self.embedding) != len(self.phases):
            raise ValueError(f"{self.video_id}: embedding {self.embedding.shape} against {self.phases.shape} phases")


@dataclass(frozen=True)
class ActionClips:
    """The clips of one action, each split sorted by video_id (the file order every protocol refers to)."""

    train: list[Clip]
    val: list[Clip]

    def __post_init__(self) -> None:
        """Sort, so that no caller's order can move a number."""
        for clips in (self.train, self.val):
            clips.sort(key=lambda clip: clip.video_id)

    @property
    def phase_count(self) -> int:
        """Number of phases P: one more than the largest label of either split."""
        return 1 + max((int(c.phases.max(initial=BACKGROUND)) for c in self.train + self.val), default=BACKGROUND)


def stack(clips: list[Clip], *, stride: int = 1, drop_background: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Put frames of several clips under each other.

    Args:
        clips: any number; of none there is nothing.
        stride: every how many frames of each clip, from frame 0.
        drop_background: leave out frames labelled -1, after the stride.

    Returns:
        (N, D) float64 embeddings and (N,) phases.
    """
    if not clips:
        return np.empty((0, 0)), np.empty(0, dtype=int)
    features = np.concatenate([c.embedding[::stride] for c in clips]).astype(np.float64)
    phases = np.concatenate([c.phases[::stride] for c in clips])
    keep = phases != BACKGROUND if drop_background else np.ones(len(phases), dtype=bool)
    return features[keep], phases[keep]


def labelled(clips: list[Clip]) -> list[Clip]:
    """Take the clips that have a label at all; in people's own data often only some do."""
    return [clip for clip in clips if (clip.phases != BACKGROUND).any()]


def first_videos(clips: list[Clip], fraction: float) -> list[Clip]:
    """Take the first max(1, floor(fraction * N)) whole videos in file order, as every peer does.

    Not frames, not random, not stratified: TCC, CARL, CASA, LAV and VAOT agree on this.
    """
    # 1e-9: a fraction such as 0.7 of 10 videos must not lose a video to the binary representation.
    return clips[: max(1, int(fraction * len(clips) + 1e-9))]
