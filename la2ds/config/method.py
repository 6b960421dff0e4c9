"""Settings of a method: one point of input x encoder x objective x augmentation."""

from dataclasses import dataclass, field
from typing import Literal

from la2ds.config.augmentation import AugmentationConfig
from la2ds.config.input import InputConfig
from la2ds.config.kinds import CONTROL_KINDS, ENCODER_KINDS, OBJECTIVE_KINDS, PADDING_KINDS
from la2ds.config.strict import NAME, require, within


@dataclass(frozen=True)
class EncoderConfig:
    """The network. ``control`` encoders are formulas and are never trained.

    Attributes:
        kind: an entry of ``la2ds.learning.encoders.ENCODERS`` or of ``la2ds.learning.controls.CONTROLS``.
        dim: width of the embedding; 0 for the width of the input (``coordinate_transformer`` alone).
        heads: attention heads; ``coordinate_transformer`` takes the largest number up to it that divides its width.
        attention: how ``heatmap_transformer`` attends: first among the patches of a frame, then among frames
            (``factorised``); both in every layer (``divided``); or, as ablations, in space or in time alone.
        patch: side of a square patch, in heatmap pixels.
        spatial_dim: width of the patch tokens.
        spatial_layers: layers that attend among the patches of one frame.
        temporal_layers: layers that attend among the frames of one view.
        dropout: dropout in every layer.
        position: what temporal attention knows of a frame: its place in the view, in the whole clip, or nothing.
        projection: width of the projection head, which training alone uses; 0 for none, -1 for the embedding's width.
        frames: frames a view holds in training; 0 for the whole clip at its own rate, padded to the longest.
        test_frames: frames a whole clip is resampled to when it is embedded; 0 for its own.
        test_stride: frames between overlapping windows, each as long as a training view, that ``test_frames`` are read
            in; 0 reads them at once.
        pad_to: frames that whole clips are padded to, at least; 0 for the longest of a batch.
        masked: whether padding is kept out of attention, so that it changes nothing.
        hidden: width of the layers between a frame's picture features and its token.
        centred: whether picture features lose their mean over the view, which tells clothes and room rather than phase.
        context: frames between a frame and the earlier one that ``rgb_conv3d`` shows beside it.
        fusion: where heatmaps and pictures meet: as tokens in space, as frames before time, or after time.
        modality_dropout: probability that a training view lacks its heatmaps, and the same for its pictures.
        shown: what a fusion sees when it embeds.
        mirror_test: average the embedding with the mirrored input's.
        time_weight: factor of t/T in the ``pose_time`` control.
    """

    kind: str = "heatmap_transformer"
    dim: int = 128
    heads: int = 4
    attention: Literal["factorised", "divided", "spatial_only", "temporal_only"] = "factorised"
    patch: int = 8
    spatial_dim: int = 64
    spatial_layers: int = 1
    temporal_layers: int = 2
    dropout: float = 0.0
    position: Literal["view", "clip", "none"] = "view"
    projection: int = 128
    frames: int = 40
    test_frames: int = 48
    test_stride: int = 0
    pad_to: int = 0
    masked: bool = True
    hidden: int = 128
    centred: bool = False
    context: int = 15
    fusion: Literal["early", "mid", "late"] = "mid"
    modality_dropout: float = 0.0
    shown: Literal["both", "heatmaps", "rgb"] = "both"
    mirror_test: bool = True
    time_weight: float = 3.0

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        known = (*ENCODER_KINDS, *CONTROL_KINDS)
        require(self.kind in known, "kind", f"among {', '.join(known)}", repr(self.kind))
        require(self.heads >= 1 and self.dim % self.heads == 0, "dim", f"a multiple of heads ({self.heads})", self.dim)
        require(0 <= self.dropout < 1, "dropout", "at least 0 and below 1", self.dropout)
        within(self, 0, 65_536, "dim")
        within(self, 1, 256, "patch")
        within(self, 1, 65_536, "spatial_dim", "hidden")
        within(self, 0, 1000, "spatial_layers", "temporal_layers")
        within(self, -1, 65_536, "projection")
        within(self, 0, 1_000_000, "frames", "test_frames", "test_stride", "pad_to", "context")
        within(self, -1_000_000, 1_000_000, "time_weight")
        for key in ("frames", "test_frames"):
            value = getattr(self, key)
            require(value == 0 or value >= 2, key, "at least 2, or 0 for all", value)
        fits = not self.test_stride or 0 < self.frames <= self.test_frames
        require(fits, "test_stride", f"0 unless test_frames is at least frames ({self.frames})", self.test_stride)
        require(0 <= self.modality_dropout < 0.5, "modality_dropout", "at least 0 and below 0.5", self.modality_dropout)


@dataclass(frozen=True)
class ObjectiveConfig:
    """The loss of the pretext task.

    Attributes:
        kind: an entry of ``la2ds.learning.objectives.OBJECTIVES``.
        temperature: tau of the softmax over similarities.
        variance: weight of the log variance in ``regression`` and ``tcc``; 0 for the plain squared error.
        sigma: width of ``scl``'s target in time, as a share of the clip.
        augment_both: change both views in space, not only the copy.
        similarity: what ``regression`` and ``vava`` compare: unit vectors, or raw ones by distance.
        directions: whether ``regression`` looks for the frames of both views, or of the copy alone.
        padded: whether ``regression`` also looks among the padding behind short clips, as CASA's released code does.
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
        sal_width: width of the projections that the classifiers of ``sal`` and ``supervised`` read; must equal the
            encoder's projection.
        shifts: how far on in the batch ``scl_dtw`` finds the other clips it compares each clip with.
        cross_weight: weight of ``scl_dtw``'s comparison of different clips, when it is full.
        ramp: steps over which that weight grows from 0; 0 for the full weight at once.
        time_weight: what ``scl_dtw``'s path pays for the squared difference of times (shares of the clips).
        step_cost: what a step off the diagonal costs ``scl_dtw``'s path besides, in units of 1 - cosine.
        path_sigma: width of ``scl_dtw``'s target around the matched frame, in frames of the view.
    """

    kind: str = "regression"
    temperature: float = 0.1
    variance: float = 0.0
    sigma: float = 0.05
    augment_both: bool = True
    similarity: Literal["cosine", "distance"] = "cosine"
    directions: Literal["both", "copy"] = "both"
    padded: bool = False
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
    shifts: tuple[int, ...] = (1, 3)
    cross_weight: float = 1.0
    ramp: int = 120
    time_weight: float = 2.0
    step_cost: float = 0.02
    path_sigma: float = 2.4

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        require(self.kind in OBJECTIVE_KINDS, "kind", f"among {', '.join(OBJECTIVE_KINDS)}", repr(self.kind))
        within(self, 0, 1_000_000, "temperature", "sigma", "gamma", "margin", "path_sigma", above=True)
        within(self, 0, 1_000_000, "variance", "window", "idm_weight", "dtw_weight", "norm_weight")
        within(self, 0, 1_000_000, "cross_weight", "time_weight", "step_cost")
        within(self, 0, 1_000_000_000, "ramp")
        require(bool(self.shifts), "shifts", "one or more", self.shifts)
        within(self, 1, 1_000_000, "shifts", "reach")
        require(0 <= self.smoothing < 1, "smoothing", "at least 0 and below 1", self.smoothing)
        require(0 <= self.transport_divisions <= 2, "transport_divisions", "0, 1 or 2", self.transport_divisions)
        one_way = not self.padded or self.directions == "copy"
        require(one_way, "directions", "copy where padded is true", self.directions)
        within(self, 1, 65_536, "sal_width")


@dataclass(frozen=True)
class OptimiserConfig:
    """AdamW with warm-up, decay and gradient clipping.

    Attributes:
        steps: updates; 0 writes the initial weights.
        batch: clips in a batch.
        learning_rate: the highest rate.
        weight_decay: decoupled weight decay.
        warmup: steps of linear warm-up.
        decay: ``cosine`` to zero, or ``halving`` at 15, 20, ... 50 % of the steps (CASA: epoch 30, 40, ... of 200).
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
    decay: Literal["cosine", "halving"] = "cosine"
    clip: float = 1.0
    checkpoint_every: int = 100
    amp: bool = True
    compile: bool = False

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        within(self, 0, 1_000_000_000, "steps", "warmup")
        within(self, 1, 1_000_000_000, "batch", "checkpoint_every")
        within(self, 0, 100, "learning_rate", above=True)
        within(self, 0, 100, "weight_decay")
        within(self, 0, 1_000_000, "clip", above=True)


@dataclass(frozen=True)
class MethodConfig:
    """One row of a table: input x encoder x objective x augmentation.

    Attributes:
        label: the row's name in tables.
        description: one sentence for people.
        weights: a method whose trained weights are used instead of training; empty to train.
        start: ``pretrained`` starts training from the network that comes with the package; empty, from random weights.
        training: whether each action has a network of its own, or one network is trained on the clips of all actions.
    """

    label: str
    description: str = ""
    weights: str = ""
    start: Literal["", "pretrained"] = ""
    training: Literal["each", "all"] = "each"
    input: InputConfig = field(default_factory=InputConfig)
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)

    def __post_init__(self) -> None:
        """Refuse settings that contradict each other."""
        coordinates = self.input.kind == "coordinates"
        in_3d = coordinates and self.input.coordinates.dims == 3
        require(not in_3d or self.augmentation.space == "skeleton", "augmentation.space", "skeleton in 3D", "plane")
        drawn = self.augmentation.space == "plane" or coordinates
        require(drawn, "augmentation.space", "plane for heatmaps and pictures", "skeleton")
        require(self.encoder.pad_to == 0 or coordinates, "encoder.pad_to", "0 but for coordinates", self.encoder.pad_to)
        placed = self.encoder.frames > 0 or self.encoder.position != "clip"
        # Places would depend on the other clips of a batch.
        require(placed, "encoder.position", "view or none where frames is 0", self.encoder.position)
        require(self.encoder.dim > 0 or coordinates, "encoder.dim", "above 0", self.encoder.dim)
        if self.encoder.kind in ("heatmap_transformer", "fusion_transformer"):
            self._check_patches()
        if not self.is_control:
            self._check_objective()
        require(not self.weights or bool(NAME.match(self.weights)), "weights", "a name or empty", repr(self.weights))

    def _check_objective(self) -> None:
        """Refuse an objective that cannot read what the encoder gives."""
        encoder, kind = self.encoder, self.objective.kind
        expected = f"of at least 2 for objective {kind}, which knows no padding"
        require(encoder.frames > 0 or kind in PADDING_KINDS, "encoder.frames", expected, encoder.frames)
        # 0 is the width of the input, which the data decides.
        width = encoder.projection if encoder.projection > 0 else encoder.dim
        read = width == 0 or kind not in ("sal", "supervised") or self.objective.sal_width == width
        require(read, "objective.sal_width", f"the width of the projections ({width})", self.objective.sal_width)

    def _check_patches(self) -> None:
        """Refuse widths that attention cannot share out among heads, and patches that do not tile the maps."""
        encoder, size = self.encoder, self.input.heatmaps.size
        tiled = not self.input.uses_heatmaps or size % encoder.patch == 0
        require(tiled, "encoder.patch", f"a divisor of the heatmap size ({size})", encoder.patch)
        heads = max(1, encoder.spatial_dim * encoder.heads // encoder.dim) if encoder.dim else 1
        fits = encoder.spatial_dim % heads == 0
        require(fits, "encoder.spatial_dim", f"a multiple of its heads ({heads})", encoder.spatial_dim)

    @property
    def is_control(self) -> bool:
        """Whether the embedding is a formula, without weights."""
        return self.encoder.kind in CONTROL_KINDS

    def seeds(self, count: int) -> range:
        """List the seeds of so many runs: one where the seed changes nothing."""
        return range(1 if self.is_deterministic else count)

    @property
    def is_deterministic(self) -> bool:
        """Whether the seed changes nothing, so that one run is enough."""
        drawn = not self.is_control or self.encoder.kind == "random"
        return not drawn or (self.start != "" and self.optimiser.steps == 0)
