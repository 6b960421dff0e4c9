"""A person in a picture: the part of a frame around them, and their skeleton on it or on plain ground."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import imread
from matplotlib.patheffects import withStroke
from PIL import Image

from la2ds.errors import InputError
from la2ds.formats.frames import read_frames
from la2ds.formats.keypoints import Keypoints, KeypointShard, read_keypoints
from la2ds.formats.skeletons import SKELETONS, Skeleton
from la2ds.views.joints import square_box

VIEW = 1.26  # how much of the surroundings is shown, as ``square_box`` enlarges
SIDES = {"left": "#F5A300", "right": "#35A8F0", "": "#F4F1A1"}
NIGHT = "#10131a"


@dataclass(frozen=True)
class Person:
    """A clip as it can be shown.

    Attributes:
        clip: the whole clip's pose, 2D.
        skeleton: its joints.
        pictures: frame number -> (H, W, 3) uint8; empty where only skeletons are shown.
        width: of the original video, in pixels.
    """

    clip: Keypoints
    skeleton: Skeleton
    pictures: Mapping[int, np.ndarray]
    width: float

    @cached_property
    def square(self) -> tuple[float, float, float]:
        """The part that is shown: x and y of the upper left corner, and the side, in pixels of the original video.

        It is moved into the picture where it would reach beyond an edge.
        """
        (x, y), side = square_box(self.clip.position, self.clip.confidence, enlarge=VIEW)
        for picture in islice(self.pictures.values(), 1):
            height = picture.shape[0] * self.width / picture.shape[1]
            x, y = (max(min(c, end - side), 0.0) if side <= end else c for c, end in ((x, self.width), (y, height)))
        return float(x), float(y), side

    def cut(self, t: int, size: int) -> np.ndarray:
        """Cut the square out of frame t: (size, size, 3) float in [0, 1], black beyond the picture's edges."""
        picture = self.pictures[t]
        scale = picture.shape[1] / self.width
        x, y, side = self.square
        part = x * scale, y * scale, (x + side) * scale, (y + side) * scale
        image = Image.fromarray(np.ascontiguousarray(picture))
        drawn = image.transform((size, size), Image.Transform.EXTENT, part, resample=Image.Resampling.BILINEAR)
        return np.asarray(drawn, dtype=np.float32) / 255.0


def show(axis: Axes, person: Person, t: int, *, size: int) -> None:
    """Show frame t of a person on an empty axis: the picture where there is one, else the skeleton on plain ground."""
    x, y, side = person.square
    axis.set_xticks([])
    axis.set_yticks([])
    axis.set_facecolor(NIGHT)
    axis.set_xlim(x, x + side)
    axis.set_ylim(y + side, y)
    if t in person.pictures:
        axis.imshow(person.cut(t, size), extent=(x, x + side, y + side, y), interpolation="antialiased")
    else:
        draw_skeleton(axis, person.clip.position[t], person.skeleton)


def read_poses_2d(paths: Sequence[str]) -> KeypointShard:
    """Read keypoint shards whose joints are places in a picture.

    Raises:
        InputError: if they are not 2D.
    """
    shard = read_keypoints(paths)
    if shard.dims != 2:
        raise InputError(paths[0], expected="poses in pixels (2D)", found=f"{shard.dims}D")
    return shard


def read_people(
    shard: KeypointShard, frames: Iterable[str], at: Mapping[str, Sequence[int]], widths: Mapping[str, float]
) -> dict[str, Person]:
    """Read the pictures of clips that have poses.

    Args:
        shard: 2D keypoints of at least these clips.
        frames: frame shards; none where skeletons are to be shown.
        at: video_id -> frame numbers shown.
        widths: video_id -> width of the original video, in pixels.

    Raises:
        InputError: if a clip has fewer frames than are to be shown.
    """
    pictures = read_pictures(frames, {v: np.asarray(times, dtype=int) for v, times in at.items()})
    people = {}
    for video_id, times in at.items():
        clip_pictures = dict(zip(times, pictures.get(video_id, []), strict=False))
        people[video_id] = Person(shard.clips[video_id], SKELETONS[shard.skeleton], clip_pictures, widths[video_id])
    return people


def read_pictures(paths: Iterable[str], at: Mapping[str, np.ndarray]) -> dict[str, list[np.ndarray]]:
    """Decode the frames drawn: video_id -> (H, W, 3) uint8 pictures."""
    found: dict[str, list[np.ndarray]] = {}
    for path in paths:
        for video_id, _, images in read_frames(path):
            if video_id in at:
                if len(images) <= max(at[video_id]):
                    raise InputError(path, expected=f"all frames of {video_id}", found=f"{len(images)} frames")
                found[video_id] = [imread(io.BytesIO(images[t]), format="jpg") for t in at[video_id]]
    return found


def draw_skeleton(axis: Axes, position: np.ndarray, skeleton: Skeleton) -> None:
    """Draw limbs and joints in the colours of their sides; a missing joint leaves its limbs out.

    Args:
        axis: where to.
        position: (J, 2) pixels; NaN where missing.
        skeleton: names and limbs of the J joints.
    """
    outline = [withStroke(linewidth=3.4, foreground=NIGHT, alpha=0.75)]
    for a, b in skeleton.limb_indices:
        sides = {side_of(skeleton.joints[a]), side_of(skeleton.joints[b])}
        colour = SIDES[sides.pop() if len(sides) == 1 else ""]
        axis.plot(*position[[a, b]].T, color=colour, linewidth=1.9, solid_capstyle="round", path_effects=outline)
    face = [SIDES[side_of(joint)] for joint in skeleton.joints]
    axis.scatter(position[:, 0], position[:, 1], c=face, s=15, edgecolors=NIGHT, linewidths=0.7, zorder=3)


def side_of(joint: str) -> str:
    """Give left, right, or nothing for joints in the middle."""
    side = joint.partition("_")[0]
    return side if side in SIDES else ""
