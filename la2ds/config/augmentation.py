"""Settings of the random changes that make a view of a clip."""

from dataclasses import dataclass, field
from typing import Literal

from la2ds.config.strict import require, within


@dataclass(frozen=True)
class SkeletonAugmentationConfig:
    """CASA's changes of a skeleton (its code's names: noise_angle, flip, noise_translation), drawn per clip.

    Each is made with its own probability; 0 switches it off. Its fourth, noise in the latent space of a licensed body
    model (VPoser), is left out.

    Attributes:
        angle: probability of turning every joint by smooth noise.
        angle_variance: variance of that noise before it is smoothed, in square degrees.
        angle_adds: whether the noise is really added; CASA's released code draws it and leaves it unused.
        flip: probability of mirroring.
        flip_swaps: whether left and right joints exchange their names in a mirrored skeleton; not so in CASA's code.
        jitter: probability of moving every joint in every frame.
        jitter_sigma: standard deviation of that move, in units of the normalised skeleton.
        jitter_padding: whether padding moves too, as in CASA's released code.
    """

    angle: float = 0.3
    angle_variance: float = 10.0
    angle_adds: bool = True
    flip: float = 0.3
    flip_swaps: bool = True
    jitter: float = 0.3
    jitter_sigma: float = 0.1
    jitter_padding: bool = False

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        within(self, 0, 1, "angle", "flip", "jitter")
        within(self, 0, 100_000, "angle_variance")
        within(self, 0, 100, "jitter_sigma")


@dataclass(frozen=True)
class PictureAugmentationConfig:
    """Random changes of a view's pictures, the same for all frames of a view.

    Attributes:
        crop: smallest and largest side of the part that is shown, as a share of the picture.
        mirror: probability of mirroring pictures that are shown without heatmaps (else heatmaps decide).
        brightness: largest change of brightness, as a share of white.
        contrast: smallest and largest factor of the contrast.
        saturation: smallest and largest factor of the saturation.
        grey: probability of taking all colour away.
        noise: standard deviation of every pixel's noise, as a share of white.
    """

    crop: tuple[float, float] = (0.8, 1.0)
    mirror: float = 0.5
    brightness: float = 0.125
    contrast: tuple[float, float] = (0.5, 1.5)
    saturation: tuple[float, float] = (0.5, 1.5)
    grey: float = 0.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        require(0 < self.crop[0] <= self.crop[1] <= 1, "crop", "0 < smallest <= largest <= 1", self.crop)
        within(self, 0, 1, "mirror", "grey", "brightness", "noise")
        for key in ("contrast", "saturation"):
            low, high = getattr(self, key)
            require(0 <= low <= high <= 100, key, "0 <= smallest <= largest <= 100", (low, high))


@dataclass(frozen=True)
class AugmentationConfig:
    """Random changes of a view; each is switched off by 0 (or by an empty range).

    Attributes:
        space: what changes keypoints in space: ``plane``, the ten settings from rotation to fail_noise, in 2D;
            ``skeleton``, the settings below that key.
        rotation: largest angle, in radians.
        scale: smallest and largest factor of x and of y, drawn apart.
        translation: largest shift, as a share of the box.
        mirror: probability of exchanging left and right.
        noise: standard deviation of a joint's jitter, as a share of the box.
        joint_dropout: probability that a joint is missing in the whole view.
        frame_dropout: probability that a joint is missing in one frame.
        fail_missing: largest share of joints that a failing detector misses in every frame; each view draws its own.
        fail_noise: largest standard deviation of a failing detector's noise, as a share of the box; likewise.
        crop: smallest and largest share of the clip that a view covers.
        warp_pieces: pieces of the piecewise-linear time warp; 0 for none.
        warp_concentration: concentration of the Dirichlet that draws the lengths of the pieces.
        deletion: largest share of the view's frames that are deleted (its neighbours close the gap).
        skeleton: CASA's changes of a skeleton.
        pictures: changes of the pictures.
    """

    space: Literal["plane", "skeleton"] = "plane"
    rotation: float = 0.3
    scale: tuple[float, float] = (0.75, 1.25)
    translation: float = 0.1
    mirror: float = 0.5
    noise: float = 0.01
    joint_dropout: float = 0.1
    frame_dropout: float = 0.02
    fail_missing: float = 0.0
    fail_noise: float = 0.0
    crop: tuple[float, float] = (0.6, 1.0)
    warp_pieces: int = 6
    warp_concentration: float = 2.0
    deletion: float = 0.2
    skeleton: SkeletonAugmentationConfig = field(default_factory=SkeletonAugmentationConfig)
    pictures: PictureAugmentationConfig = field(default_factory=PictureAugmentationConfig)

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        within(self, 0, 1, "mirror", "joint_dropout", "frame_dropout", "fail_missing")
        within(self, 0, 10, "rotation", "translation", "noise", "fail_noise")
        within(self, 0, 1000, "warp_pieces")
        within(self, 0, 1_000_000, "warp_concentration", above=True)
        require(0 <= self.deletion < 1, "deletion", "at least 0 and below 1", self.deletion)
        require(0 < self.crop[0] <= self.crop[1] <= 1, "crop", "0 < smallest <= largest <= 1", self.crop)
        ok = 0 < self.scale[0] <= self.scale[1] <= 100
        require(ok, "scale", "0 < smallest <= largest <= 100", self.scale)
