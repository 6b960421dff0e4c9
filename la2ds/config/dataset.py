"""Where a dataset lies and how it is read."""

from dataclasses import dataclass, field
from typing import Any, Literal

from la2ds.config.estimation import EstimationConfig
from la2ds.config.kinds import READER_KINDS
from la2ds.config.poses import PosesConfig
from la2ds.config.strict import NAME, require, within

# Where one action is asked for: every action.
ALL = "all"


@dataclass(frozen=True)
class FramesConfig:
    """Decoded frames.

    Attributes:
        short_side: most pixels of the shorter side.
        quality: of the JPEG files.
        salvage: keep the frames before the first fault of a damaged clip, with a warning, instead of refusing it.
    """

    short_side: int = 360
    quality: int = 90
    salvage: bool = False

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        within(self, 16, 4320, "short_side")
        within(self, 1, 100, "quality")


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
        within(self, 1, 1_000_000, "shard_size")
        within(self, 0, 1, "steps", above=True)
        require(self.reader in READER_KINDS, "reader", f"among {', '.join(READER_KINDS)}", repr(self.reader))
        for key in ("pose", "labels"):
            name = getattr(self, key)
            require(bool(NAME.match(name)), key, "a name of letters, digits and _", repr(name))
        require(not self.pose_3d or bool(NAME.match(self.pose_3d)), "pose_3d", "a name or empty", repr(self.pose_3d))
        require(bool(self.actions), "actions", "at least one action", "none")
        for action in self.actions:
            require(bool(NAME.match(action)), "actions", "names of letters, digits and _", repr(action))
            require(action != ALL, "actions", f"names other than {ALL}, which stands for every action", repr(action))
        require(len(set(self.actions)) == len(self.actions), "actions", "each action once", self.actions)
        for action, count in self.phases.items():
            require(1 <= count <= 10_000, f"phases.{action}", "between 1 and 10,000", count)
        require(bool(self.root) and "\0" not in self.root, "root", "a folder", repr(self.root))
