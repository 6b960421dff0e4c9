"""Where a dataset lies and how it is read."""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from la2ds.config.estimation import EstimationConfig
from la2ds.config.kinds import READER_KINDS
from la2ds.config.poses import PosesConfig
from la2ds.config.strict import NAME, require


@dataclass(frozen=True)
class FramesConfig:
    """Decoded frames: the short side is bounded (pixels), and JPEG quality is given."""

    short_side: int = 360
    quality: int = 90


@dataclass(frozen=True)
class DatasetConfig:
    """Where a dataset lies and how it is read.

    Attributes:
        reader: an entry of ``la2ds.datasets.index.READERS``.
        root: folder of the native files, relative to the repository.
        actions: which actions take part.
        pose: a two-dimensional entry of ``la2ds.pose.sources.SOURCES``; some need no pictures.
        pose_3d: the same for 3D keypoints; empty where there are none.
        poses: where poses lie that are files, and which joints they have.
        estimation: how poses are estimated from pictures, and what is done about missing joints.
        pictures: whether there are pictures to show to methods that want them; ``found`` if ``root`` holds a folder
            ``frames``.
        labels: which label files to read; ``auto`` takes the first that the reader finds.
        shard_size: videos in a shard.
        skeletons_only: show no frame of it in figures, films and the report, only skeletons.
        steps: share of their own steps that methods are trained for; below 1 for a quick look.
        phases: action -> number of phases, for a warning when the files hold others.
        options: what only this reader knows.
    """

    reader: str
    root: str
    actions: tuple[str, ...]
    pose: str = "annotations"
    pose_3d: str = ""
    poses: PosesConfig = field(default_factory=PosesConfig)
    estimation: EstimationConfig = field(default_factory=EstimationConfig)
    pictures: Literal["always", "found", "never"] = "found"
    labels: str = "auto"
    shard_size: int = 500
    frames: FramesConfig = field(default_factory=FramesConfig)
    skeletons_only: bool = False
    steps: float = 1.0
    phases: dict[str, int] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        require(self.shard_size >= 1, "shard_size", "at least 1", self.shard_size)
        require(0 < self.steps <= 1, "steps", "above 0 and up to 1", self.steps)
        require(self.reader in READER_KINDS, "reader", f"among {', '.join(READER_KINDS)}", repr(self.reader))
        for key in ("pose", "labels"):
            require(bool(NAME.match(getattr(self, key))), key, "a name of letters, digits and _", getattr(self, key))
        require(bool(re.fullmatch(r"[a-z0-9_]*", self.pose_3d)), "pose_3d", "a name or empty", self.pose_3d)
        for action in self.actions:
            require(bool(NAME.match(action)), "actions", "names of letters, digits and _", action)
