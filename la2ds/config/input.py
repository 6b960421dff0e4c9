"""Settings of a method's input: how keypoints are drawn, which coordinates, which pictures."""

import re
import typing
from dataclasses import dataclass, field
from typing import Any, Literal

from la2ds.config.strict import NAME, require, within


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
        within(self, 4, 256, "size")
        within(self, 0.05, 9.99, "sigma")
        within(self, 1, 9.99, "box")
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
class CoordinatesConfig:
    """Joints as numbers, without drawing them.

    Attributes:
        dims: coordinates a joint has; 3 needs a dataset with 3D keypoints.
        normalise: ``body`` turns and scales every frame by the body itself (CASA's way: neck in the origin, shoulders
            and trunk along axes, trunk of length 1); ``box`` gives shares of the clip's box (2D alone).
        gaps: missing joints are ``filled`` along time, or ``kept``, as 0.
    """

    dims: Literal[2, 3] = 3
    normalise: Literal["body", "box"] = "body"
    gaps: Literal["filled", "kept"] = "filled"

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        require(self.dims == 2 or self.normalise == "body", "normalise", "body for 3 dimensions", self.normalise)


@dataclass(frozen=True)
class PictureSpec:
    """What an encoder sees of the pictures. The name of a specification is the folder of its stored features.

    Attributes:
        backbone: ``small_cnn`` is trained with the method; any other is a name below ``backbones`` in config.yaml, a
            frozen network whose features are stored once.
        crop: the whole picture, or the square box around the person that heatmaps use.
        size: height and width the crop is resized to, in pixels.
        grid: height and width of the stored feature map of a frozen backbone; 1 for one vector a frame.
        layer: of a frozen backbone, counted from 1, whose map is kept; 0 for the last.
    """

    backbone: str = "small_cnn"
    crop: Literal["frame", "box"] = "box"
    size: int = 48
    grid: int = 1
    layer: int = 0

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        require(bool(NAME.match(self.backbone)), "backbone", "a name of letters, digits and _", repr(self.backbone))
        within(self, 16, 512, "size")
        within(self, 1, 32, "grid")
        within(self, 0, 99, "layer")

    @property
    def trained(self) -> bool:
        """Whether the backbone is trained with the method, from pictures instead of stored features."""
        return self.backbone == "small_cnn"

    @property
    def name(self) -> str:
        """Give the name, such as ``resnet50_frame_p224_g1_l4``: backbone, crop, pixels, grid, layer unless last."""
        layer = f"_l{self.layer}" if self.layer else ""
        return f"{self.backbone}_{self.crop}_p{self.size}_g{self.grid}{layer}"

    @classmethod
    def parse(cls, name: str) -> "PictureSpec":
        """Read a name back into a specification.

        Raises:
            ValueError: if the name is not one that ``name`` gives.
        """
        match = re.fullmatch(r"([a-z0-9_]+)_(frame|box)_p(\d+)_g(\d+)(?:_l([1-9]\d?))?", name)
        if match is None:
            raise ValueError(f"picture specification must look like resnet50_frame_p224_g1, got {name!r}")
        backbone, crop, size, grid, layer = match.groups("0")
        where = typing.cast("Any", crop)
        return cls(backbone=backbone, crop=where, size=int(size), grid=int(grid), layer=int(layer))


@dataclass(frozen=True)
class InputConfig:
    """What an encoder sees of a clip.

    Attributes:
        kind: nothing but the clip's length, keypoints (controls), heatmaps, coordinates, pictures, or heatmaps and
            pictures together.
        heatmaps: how keypoints are drawn.
        motion: steps, in frames, of the differences shown beside the maps.
        coordinates: which coordinates, where they are the input.
        pictures: which pictures, where they are an input.
    """

    kind: Literal["none", "keypoints", "heatmaps", "coordinates", "rgb", "heatmaps_rgb"] = "heatmaps"
    heatmaps: HeatmapSpec = field(default_factory=HeatmapSpec)
    motion: tuple[int, ...] = (2,)
    coordinates: CoordinatesConfig = field(default_factory=CoordinatesConfig)
    pictures: PictureSpec = field(default_factory=PictureSpec)

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        within(self, 1, 20, "motion")
        require(len(self.motion) <= 20, "motion", "at most 20 steps", len(self.motion))

    @property
    def uses_heatmaps(self) -> bool:
        """Whether keypoints are drawn as heatmaps."""
        return self.kind in ("heatmaps", "heatmaps_rgb")

    @property
    def uses_pictures(self) -> bool:
        """Whether pictures are seen."""
        return self.kind in ("rgb", "heatmaps_rgb")

    @property
    def joint_dims(self) -> int:
        """Give the coordinates of the keypoints that training reads: 2, 3, or 0 where it reads none."""
        if self.kind == "coordinates":
            return self.coordinates.dims
        return (
            2
            if self.kind == "keypoints" or self.uses_heatmaps or (self.uses_pictures and self.pictures.crop == "box")
            else 0
        )
