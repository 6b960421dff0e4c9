"""Typed settings read from YAML: unknown keys, wrong types and impossible values are refused with file and key.

This module needs only PyYAML, so that the workflow can check a whole study before it plans the first job.
"""

import re
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from la2ds.errors import InputError
from la2ds.strict import as_dict as as_dict
from la2ds.strict import build, load_yaml, merge, require
from la2ds.strict import flat as flat
from la2ds.strict import load as load

NAME = re.compile(r"^[a-z0-9_]+$")


@dataclass(frozen=True)
class HeatmapSpec:
    """How keypoints are drawn. The name of a specification is the folder of its shards.

    Attributes:
        channels: joints, limbs or both.
        size: height and width of the maps, in pixels.
        sigma: standard deviation of a joint's Gaussian, in heatmap pixels.
        box: enlargement of the clip's subject-centred square box.
    """

    channels: Literal["joints", "limbs", "joints_limbs"] = "joints"
    size: int = 32
    sigma: float = 0.6
    box: float = 1.1

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        require(4 <= self.size <= 256, "size", "between 4 and 256", self.size)
        require(0.05 <= self.sigma <= 9.99, "sigma", "between 0.05 and 9.99", self.sigma)
        require(1 <= self.box <= 9.99, "box", "between 1 and 9.99", self.box)
        for key in ("sigma", "box"):  # else two specifications would share a name, and a folder
            value = getattr(self, key)
            require(abs(value * 100 - round(value * 100)) < 1e-6, key, "in hundredths", value)

    @property
    def name(self) -> str:
        """Give the name, such as ``joints_p32_s060_b110``: pixels, sigma and box in hundredths."""
        return f"{self.channels}_p{self.size}_s{round(self.sigma * 100):03d}_b{round(self.box * 100)}"

    @classmethod
    def parse(cls, name: str) -> "HeatmapSpec":
        """Read a name back into a specification.

        Raises:
            ValueError: if the name is not one that ``name`` gives.
        """
        match = re.fullmatch(r"(joints|limbs|joints_limbs)_p(\d+)_s(\d{3})_b(\d{3})", name)
        if match is None:
            raise ValueError(f"heatmap specification must look like joints_p32_s060_b110, got {name!r}")
        channels, size, sigma, box = match.groups()
        return cls(channels=typing.cast("Any", channels), size=int(size), sigma=int(sigma) / 100, box=int(box) / 100)


@dataclass(frozen=True)
class InputConfig:
    """What an encoder sees of a clip: nothing but its length, keypoints, or heatmaps."""

    kind: Literal["none", "keypoints", "heatmaps"] = "heatmaps"
    heatmaps: HeatmapSpec = field(default_factory=HeatmapSpec)
    motion: tuple[int, ...] = (2,)

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        require(all(1 <= m <= 20 for m in self.motion), "motion", "steps between 1 and 20 frames", self.motion)


@dataclass(frozen=True)
class EncoderConfig:
    """The network. ``control`` encoders are formulas and are never trained.

    Attributes:
        kind: an entry of ``la2ds.encoders.ENCODERS`` or of ``la2ds.controls.CONTROLS``.
        dim: width of the embedding.
        heads: attention heads.
        patch: side of a square patch, in heatmap pixels.
        spatial_dim: width of the patch tokens.
        spatial_layers: layers that attend among the patches of one frame.
        temporal_layers: layers that attend among the frames of one view.
        dropout: dropout in every layer.
        position: what temporal attention knows of a frame: its place in the view, in the whole clip, or nothing.
        projection: width of the projection head, which training alone uses; 0 for none.
        frames: frames a view holds in training.
        test_frames: frames a whole clip is resampled to when it is embedded.
        mirror_test: average the embedding with the mirrored input's.
        time_weight: factor of t/T in the ``pose_time`` control.
    """

    kind: str = "heatmap_transformer"
    dim: int = 128
    heads: int = 4
    patch: int = 8
    spatial_dim: int = 64
    spatial_layers: int = 1
    temporal_layers: int = 2
    dropout: float = 0.0
    position: Literal["view", "clip", "none"] = "view"
    projection: int = 128
    frames: int = 40
    test_frames: int = 48
    mirror_test: bool = True
    time_weight: float = 3.0

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        require(bool(NAME.match(self.kind)), "kind", "a name of letters, digits and _", self.kind)
        require(self.heads >= 1 and self.dim % self.heads == 0, "dim", f"a multiple of heads ({self.heads})", self.dim)
        require(0 <= self.dropout < 1, "dropout", "at least 0 and below 1", self.dropout)
        require(min(self.frames, self.test_frames) >= 2, "frames", "at least 2", min(self.frames, self.test_frames))


@dataclass(frozen=True)
class ObjectiveConfig:
    """The loss of the pretext task.

    Attributes:
        kind: an entry of ``la2ds.objectives.OBJECTIVES``.
        temperature: tau of the softmax over similarities.
        variance: weight of the log variance in ``regression`` and ``tcc``; 0 for the plain squared error.
        sigma: width of ``scl``'s target in time, as a share of the clip.
        augment_both: change both views in space, not only the copy.
        similarity: what ``regression`` and ``vava`` compare: unit vectors, or raw ones by distance.
        directions: whether ``regression`` looks for the frames of both views, or of the copy alone.
        time: unit of time in ``regression`` and in ``lav``'s weights: share of the clip, or frames.
        gamma: smoothness of the minimum in the time warping of ``lav`` and ``gta``.
        window: frames within which ``lav`` and ``vava`` pull frames of one clip together.
        margin: squared distance beyond which ``lav`` and ``vava`` push frames of one clip no further.
        idm_weight: weight of ``lav``'s contrastive term.
        dtw_weight: weight of the time warping in ``gta``.
        smoothing: label smoothing of ``gta``'s cycle.
        cycle: whether ``gta``'s cycle probabilities enter the cross entropy as logits or as probabilities.
        transport_divisions: how often ``vava`` divides the transport cost by the number of cells (0, 1 or 2).
        reach: largest distance of ``tcn``'s positives, in frames.
        norm_weight: weight of the squared lengths in ``tcn``.
        sal_width: width of the projections that ``sal``'s classifier reads; must equal the encoder's projection.
    """

    kind: str = "regression"
    temperature: float = 0.1
    variance: float = 0.0
    sigma: float = 0.05
    augment_both: bool = True
    similarity: Literal["cosine", "distance"] = "cosine"
    directions: Literal["both", "copy"] = "both"
    time: Literal["share", "frames"] = "share"
    gamma: float = 0.1
    window: float = 10.0
    margin: float = 2.0
    idm_weight: float = 0.5
    dtw_weight: float = 0.1
    smoothing: float = 0.1
    cycle: Literal["logits", "probabilities"] = "logits"
    transport_divisions: int = 2
    reach: int = 5
    norm_weight: float = 0.0005
    sal_width: int = 128

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        require(bool(NAME.match(self.kind)), "kind", "a name of letters, digits and _", self.kind)
        for key in ("temperature", "sigma", "gamma", "margin"):
            require(getattr(self, key) > 0, key, "above 0", getattr(self, key))
        for key in ("variance", "window", "idm_weight", "dtw_weight", "norm_weight"):
            require(getattr(self, key) >= 0, key, "at least 0", getattr(self, key))
        require(0 <= self.smoothing < 1, "smoothing", "at least 0 and below 1", self.smoothing)
        require(0 <= self.transport_divisions <= 2, "transport_divisions", "0, 1 or 2", self.transport_divisions)
        require(self.reach >= 1, "reach", "at least 1 frame", self.reach)
        require(self.sal_width >= 1, "sal_width", "at least 1", self.sal_width)


@dataclass(frozen=True)
class AugmentationConfig:
    """Random changes of a view's keypoints; each is switched off by 0 (or by an empty range).

    Attributes:
        rotation: largest angle, in radians.
        scale: smallest and largest factor of x and of y, drawn apart.
        translation: largest shift, as a share of the box.
        mirror: probability of exchanging left and right.
        noise: standard deviation of a joint's jitter, as a share of the box.
        joint_dropout: probability that a joint is missing in the whole view.
        frame_dropout: probability that a joint is missing in one frame.
        crop: smallest and largest share of the clip that a view covers.
        warp_pieces: pieces of the piecewise-linear time warp; 0 for none.
        warp_concentration: concentration of the Dirichlet that draws the lengths of the pieces.
        deletion: largest share of the view's frames that are deleted (its neighbours close the gap).
    """

    rotation: float = 0.3
    scale: tuple[float, float] = (0.75, 1.25)
    translation: float = 0.1
    mirror: float = 0.5
    noise: float = 0.01
    joint_dropout: float = 0.1
    frame_dropout: float = 0.02
    crop: tuple[float, float] = (0.6, 1.0)
    warp_pieces: int = 6
    warp_concentration: float = 2.0
    deletion: float = 0.2

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        for key in ("mirror", "joint_dropout", "frame_dropout"):
            require(0 <= getattr(self, key) <= 1, key, "a probability", getattr(self, key))
        require(0 <= self.deletion < 1, "deletion", "at least 0 and below 1", self.deletion)
        require(0 < self.crop[0] <= self.crop[1] <= 1, "crop", "0 < smallest <= largest <= 1", self.crop)
        require(0 < self.scale[0] <= self.scale[1], "scale", "0 < smallest <= largest", self.scale)
        require(self.warp_concentration > 0, "warp_concentration", "above 0", self.warp_concentration)


@dataclass(frozen=True)
class OptimiserConfig:
    """AdamW with warm-up, cosine decay and gradient clipping.

    Attributes:
        steps: updates; 0 writes the initial weights.
        batch: clips in a batch.
        learning_rate: the highest rate.
        weight_decay: decoupled weight decay.
        warmup: steps of linear warm-up.
        clip: largest gradient norm.
        checkpoint_every: steps between checkpoints that a killed run resumes from.
        amp: mixed precision on CUDA.
        compile: use torch.compile.
    """

    steps: int = 400
    batch: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    warmup: int = 30
    clip: float = 1.0
    checkpoint_every: int = 100
    amp: bool = True
    compile: bool = False

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        require(self.steps >= 0, "steps", "at least 0", self.steps)
        require(self.batch >= 1, "batch", "at least 1", self.batch)
        for key in ("learning_rate", "clip"):
            require(getattr(self, key) > 0, key, "above 0", getattr(self, key))
        require(self.checkpoint_every >= 1, "checkpoint_every", "at least 1", self.checkpoint_every)


CONTROL_KINDS = ("random", "time", "pose", "pose_time")


@dataclass(frozen=True)
class MethodConfig:
    """One row of a table: input x encoder x objective x augmentation.

    Attributes:
        label: the row's name in tables.
        description: one sentence for people.
    """

    label: str
    description: str = ""
    input: InputConfig = field(default_factory=InputConfig)
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)

    @property
    def is_control(self) -> bool:
        """Whether the embedding is a formula, without weights."""
        return self.encoder.kind in CONTROL_KINDS

    @property
    def is_deterministic(self) -> bool:
        """Whether the seed changes nothing, so that one run is enough."""
        return self.encoder.kind in ("time", "pose", "pose_time")


@dataclass(frozen=True)
class FramesConfig:
    """Decoded frames: the short side is bounded (pixels), and JPEG quality is given."""

    short_side: int = 360
    quality: int = 90


@dataclass(frozen=True)
class DatasetConfig:
    """Where a dataset lies and how it is read.

    Attributes:
        reader: an entry of ``la2ds.data.index.READERS``.
        root: folder of the native files, relative to the repository.
        actions: which actions take part.
        pose: an entry of ``la2ds.pose.estimators.ESTIMATORS``; ``annotations`` needs no pictures.
        labels: which label files to read; ``auto`` takes the first that the reader finds.
        shard_size: videos in a shard.
        phases: action -> number of phases, for a warning when the files hold others.
        options: what only this reader knows.
    """

    reader: str
    root: str
    actions: tuple[str, ...]
    pose: str = "annotations"
    labels: str = "auto"
    shard_size: int = 500
    frames: FramesConfig = field(default_factory=FramesConfig)
    phases: dict[str, int] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        require(self.shard_size >= 1, "shard_size", "at least 1", self.shard_size)
        for key in ("reader", "pose", "labels"):
            require(bool(NAME.match(getattr(self, key))), key, "a name of letters, digits and _", getattr(self, key))
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

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        ok = all(0 < f <= 1 for f in self.label_fractions)
        require(ok, "label_fractions", "shares above 0 and up to 1", self.label_fractions)
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
        best: whether a large or a small value is better.
        digits: decimals printed.
    """

    metric: str
    variant: str
    label: str
    percent: bool = True
    best: Literal["max", "min"] = "max"
    digits: int = 1


@dataclass(frozen=True)
class TableConfig:
    """Rows and columns of a table.

    Attributes:
        title: heading.
        methods: rows, in order; names of ``config/methods/*.yaml``.
        columns: columns, in order.
        protocol: a name of ``config/protocols/*.yaml``.
        reference: the row that gains are counted from.
        notes: footnotes.
    """

    title: str
    methods: tuple[str, ...]
    columns: tuple[ColumnConfig, ...]
    protocol: str = "default"
    reference: str = "time"
    notes: tuple[str, ...] = ()


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
