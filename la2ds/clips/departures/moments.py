"""Moments of a movement that have a name: its ends, the hips' lowest and highest point, a joint's own extremes."""

from dataclasses import dataclass

import numpy as np

from la2ds.clips.clip import Clip
from la2ds.clips.departures.angles import smoothed
from la2ds.formats.skeletons import skeleton_named

ENDS = 0.05  # of the clip, at its start and at its end
NEAR = 0.05  # of the clip, from a named moment: what lies within has its name
CLEAR = 0.15  # of the trunk's length: what the hips move at least for a lowest or highest point to be one
LARGE = 0.8  # of a difference's largest size: what it must have at a named moment to be told there


@dataclass(frozen=True)
class Moments:
    """The named moments of a clip of T frames: name -> frame; the ends are there by themselves."""

    named: dict[str, int]
    frames: int

    def name(
        self,
        path: np.ndarray,
        run: tuple[int, int],
        size: np.ndarray,
        *,
        angle: np.ndarray,
        words: tuple[str, str],
        peak: int,
    ) -> tuple[str, int]:
        """Give a difference its moment.

        Args:
            path: (L,) frames of the clip along a match.
            run: the steps, end excluded, in which the difference is there.
            size: (L,) how large it is.
            angle: (T,) the angle that differs, for its own extremes; NaN where missing.
            words: what these are called, the smallest angle first.
            peak: the step at which it is largest.

        Returns:
            the moment in words, and its step: of a named moment at which the difference is nearly as large as ever,
            else of the largest difference.
        """
        inside = np.arange(*run)
        for name, frame in {**self.named, **_extremes(angle, words)}.items():
            step = int(inside[np.abs(path[inside] - frame).argmin()])
            if abs(int(path[step]) - frame) <= max(1, NEAR * self.frames / 2) and size[step] >= LARGE * size[peak]:
                return name, step
        share = path[peak] / max(self.frames - 1, 1)
        if share <= ENDS or share >= 1 - ENDS:
            return ("at the start" if share <= ENDS else "at the end"), peak
        return f"{100 * share:.0f} % into the movement", peak


def find_moments(clip: Clip) -> Moments:
    """Find where the hips are lowest and highest, if they move clearly and that is not at an end of the clip."""
    height = hip_height(clip)
    inner = slice(round(ENDS * len(clip)), len(clip) - round(ENDS * len(clip)))
    known = height[inner][np.isfinite(height[inner])]
    if not len(known):
        return Moments({}, len(clip))
    ends = np.array([*height[: inner.start + 1], *height[inner.stop - 1 :]])
    usual = float(np.median(ends[np.isfinite(ends)])) if np.isfinite(ends).any() else float(np.median(known))
    named = {}
    for name, sign in (("at the lowest point", -1), ("at the highest point", 1)):
        far = np.where(np.isfinite(height), sign * (height - usual), -np.inf)
        frame = int(far.argmax())
        if far[frame] > CLEAR and inner.start <= frame < inner.stop:
            named[name] = frame
    return Moments(named, len(clip))


def hip_height(clip: Clip) -> np.ndarray:
    """Give how high the hips' middle is, in lengths of the trunk (the clip's median): (T,) float64, NaN where missing.

    Joint sets without hips or neck, of hands or of objects, have none.
    """
    skeleton = skeleton_named(clip.skeleton)
    points = dict(skeleton.virtual) if skeleton else {}
    if not {"mid_hip", "neck"} <= set(points) or not any("hip" in joint for joint in points["mid_hip"]):
        return np.full(len(clip), np.nan)
    poses = smoothed(clip.poses)
    hips, neck = (
        poses[:, [clip.joints.index(joint) for joint in points[point]]].mean(axis=1) for point in ("mid_hip", "neck")
    )
    lengths = np.hypot(*(neck - hips).T)
    lengths = lengths[np.isfinite(lengths) & (lengths > 0)]
    return -hips[:, 1] / np.median(lengths) if len(lengths) else np.full(len(clip), np.nan)


def _extremes(angle: np.ndarray, words: tuple[str, str]) -> dict[str, int]:
    """Find the frames at which an angle is smallest and largest."""
    if not np.isfinite(angle).any():
        return {}
    return {words[0]: int(np.nanargmin(angle)), words[1]: int(np.nanargmax(angle))}
