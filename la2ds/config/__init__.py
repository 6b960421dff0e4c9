"""Typed settings read from YAML: unknown keys, wrong types and impossible values are refused with file and key.

This module needs only PyYAML, so that the workflow can check a whole study before it plans the first job. Settings of
methods stand in ``config_input``, ``config_augmentation`` and ``config_method``; they are to be imported from here.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from la2ds.config.augmentation import AugmentationConfig as AugmentationConfig
from la2ds.config.augmentation import PictureAugmentationConfig as PictureAugmentationConfig
from la2ds.config.augmentation import SkeletonAugmentationConfig as SkeletonAugmentationConfig
from la2ds.config.estimation import EstimationConfig as EstimationConfig
from la2ds.config.estimation import FillGapsConfig as FillGapsConfig
from la2ds.config.input import CoordinatesConfig as CoordinatesConfig
from la2ds.config.input import HeatmapSpec as HeatmapSpec
from la2ds.config.input import InputConfig as InputConfig
from la2ds.config.input import PictureSpec as PictureSpec
from la2ds.config.method import CONTROL_KINDS as CONTROL_KINDS
from la2ds.config.method import EncoderConfig as EncoderConfig
from la2ds.config.method import MethodConfig as MethodConfig
from la2ds.config.method import ObjectiveConfig as ObjectiveConfig
from la2ds.config.method import OptimiserConfig as OptimiserConfig
from la2ds.config.poses import PosesConfig as PosesConfig
from la2ds.config.strict import NAME as NAME
from la2ds.config.strict import as_dict as as_dict
from la2ds.config.strict import build, load_yaml, merge, require
from la2ds.config.strict import flat as flat
from la2ds.config.strict import load as load
from la2ds.errors import InputError

# The protocol whose scores are those of damaged keypoints, made by the verb `robustness`.
DAMAGED = "robustness"


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
        for key in ("reader", "pose", "labels"):
            require(bool(NAME.match(getattr(self, key))), key, "a name of letters, digits and _", getattr(self, key))
        require(bool(re.fullmatch(r"[a-z0-9_]*", self.pose_3d)), "pose_3d", "a name or empty", self.pose_3d)
        for action in self.actions:
            require(bool(NAME.match(action)), "actions", "names of letters, digits and _", action)


@dataclass(frozen=True)
class ProtocolConfig:
    """One way of scoring; the defaults are protocol "default", the field's common denominator.

    Attributes:
        label_fractions: shares of labelled training videos (the first ones, whole).
        classifiers: probes of phase classification, in the order of the metrics file.
        progression: whether phase progression is defined for the data.
        kendall_tau: whether Kendall's tau is defined for the data.
        tau_stride: every how many frames tau looks.
        retrieval_k: neighbours counted in retrieval.
        retrieval_average: over all query frames, or within a video first.
        retrieval_stride: every how many frames retrieval looks.
        alignment_stride: every how many frames event transfer looks.
        drop_background: leave frames labelled -1 out of classification and retrieval.
        train_frame_stride: every how many training frames the probes are fitted on.
        missing: probabilities with which joints are taken away from validation clips (``robustness`` alone).
        noise: standard deviations of noise added to their coordinates, as shares of the box (``robustness`` alone).
    """

    label_fractions: tuple[float, ...] = (0.1, 0.5, 1.0)
    classifiers: tuple[str, ...] = ("svc_rbf", "logreg", "svc_linear", "svc_rbf_auto")
    progression: bool = True
    kendall_tau: bool = True
    tau_stride: int = 2
    retrieval_k: tuple[int, ...] = (5, 10, 15)
    retrieval_average: Literal["frames", "videos"] = "frames"
    retrieval_stride: int = 1
    alignment_stride: int = 1
    drop_background: bool = True
    train_frame_stride: int = 1
    missing: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5)
    noise: tuple[float, ...] = (0.02, 0.04, 0.06, 0.08, 0.1)

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        ok = all(0 < f <= 1 for f in self.label_fractions)
        require(ok, "label_fractions", "shares above 0 and up to 1", self.label_fractions)
        require(all(0 < p < 1 for p in self.missing), "missing", "probabilities above 0 and below 1", self.missing)
        require(all(sigma > 0 for sigma in self.noise), "noise", "above 0", self.noise)
        require(all(k >= 1 for k in self.retrieval_k), "retrieval_k", "numbers of at least 1", self.retrieval_k)
        for key in ("tau_stride", "retrieval_stride", "alignment_stride", "train_frame_stride"):
            require(getattr(self, key) >= 1, key, "at least 1", getattr(self, key))


@dataclass(frozen=True)
class ColumnConfig:
    """One column of a table.

    Attributes:
        metric: name in the metrics files.
        variant: variant in the metrics files.
        label: heading.
        percent: print the value times 100.
        best: whether a large or a small value is better, or neither.
        digits: decimals printed.
    """

    metric: str
    variant: str
    label: str
    percent: bool = True
    best: Literal["max", "min", "none"] = "max"
    digits: int = 1


@dataclass(frozen=True)
class TableConfig:
    """Rows and columns of a table.

    Attributes:
        title: heading.
        columns: columns, in order.
        methods: rows, in order; names of ``config/methods/*.yaml``. Empty for those, and the notes, of the table that
            config.yaml names under ``rows``, of which this one is then a part.
        protocol: a name of ``config/protocols/*.yaml``.
        reference: the row that gains are counted from; empty for no gains.
        against: rows, up to two, that the others are tested against where they are in the table.
        notes: footnotes.
        dataset: the one dataset the table is about, which makes it a study of its own, ``results/tables/{table}.md``;
            empty for every dataset of config.yaml.
        robustness: rows that are also scored on damaged keypoints, in ``{table}_{dataset}_robustness.png``.
        shown: rows that stand side by side in pictures, five at most; empty for the first three trained ones. The
            reference always stands with them.
        seeds: runs per method and action; 0 for as many as config.yaml says.
        figures: whether pictures of its rows are made; a part of another table needs none of its own.
    """

    title: str
    columns: tuple[ColumnConfig, ...]
    methods: tuple[str, ...] = ()
    protocol: str = "default"
    reference: str = "time"
    against: tuple[str, ...] = ("time", "casa")
    notes: tuple[str, ...] = ()
    dataset: str = ""
    robustness: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    seeds: int = 0
    figures: bool = True

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        require(self.seeds >= 0, "seeds", "at least 0", self.seeds)
        require(len(self.shown) <= 5, "shown", "at most five methods", self.shown)
        require(len(self.against) <= 2, "against", "at most two rows", self.against)


def method_files(path: str | Path) -> list[Path]:
    """List a method file and those it is based on, nearest first.

    Raises:
        InputError: if files are based on each other in a circle.
    """
    files = [Path(path)]
    while (base := load_yaml(files[-1]).get("base")) is not None:
        parent = files[-1].with_name(f"{base}.yaml")
        if parent in files:
            raise InputError(path, expected="a base that ends", found=f"a circle through {parent.name}")
        if not parent.is_file():
            raise InputError(files[-1], expected="base to name a method file", found=f"no {parent}")
        files.append(parent)
    return files


def load_method(path: str | Path) -> MethodConfig:
    """Read a method file; keys it does not give come from its ``base`` file, then from the defaults."""
    merged: dict[str, Any] = {}
    for file in reversed(method_files(path)):
        content = load_yaml(file)
        content.pop("base", None)
        # Over its bases, for a value may suit theirs and not the defaults (dim and heads, say).
        merged = merge(merged, content)
        build(MethodConfig, {"label": "", **merged}, file)
    return build(MethodConfig, merged, path)
