"""One clip per action: frames with the skeleton, and below them the heatmaps: ``python -m la2ds draw_poses``."""

import argparse
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from la2ds.config import HeatmapSpec
from la2ds.errors import InputError
from la2ds.formats.heatmaps import HeatmapShard, read_heatmaps
from la2ds.formats.keypoints import Keypoints
from la2ds.formats.labels import read_labels
from la2ds.formats.skeletons import SKELETONS, Skeleton
from la2ds.formats.videos import read_videos
from la2ds.report.figures.person import NIGHT, SIDES, VIEW, draw_skeleton, read_pictures, read_poses_2d, side_of
from la2ds.report.figures.style import GREY, INK, add_outputs, save, title, wrapped
from la2ds.views.joints import square_box

log = logging.getLogger(__name__)
FRAMES = 6


@dataclass(frozen=True)
class Strip:
    """What is drawn of a clip.

    Attributes:
        action: its action.
        clip: the whole clip's pose.
        at: frame numbers drawn.
        pictures: one (H, W, 3) picture per frame drawn, or none.
        scale: pixels of a picture per pixel of the original video.
        heatmaps: (T, C, H, W) uint8 of the whole clip, or None.
        phases: (T,) phase of each frame, -1 for background.
        fps: frames per second; NaN where unknown.
        name_of: gives the name of a phase.
    """

    action: str
    clip: Keypoints
    at: np.ndarray
    pictures: list[np.ndarray]
    scale: float
    heatmaps: np.ndarray | None
    phases: np.ndarray
    fps: float
    name_of: Callable[[int], str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--videos", type=Path, required=True, help="videos.csv")
    parser.add_argument("--labels", type=Path, required=True, help="labels.parquet")
    parser.add_argument("--keypoints", nargs="+", required=True, help="keypoint shards, one or more per action drawn")
    parser.add_argument("--heatmaps", nargs="*", default=[], help="heatmap shards of the same clips")
    parser.add_argument("--frames", nargs="*", default=[], help="frame shards of the same clips")
    add_outputs(parser)


def main(args: argparse.Namespace) -> None:
    """Draw the first val clip that the keypoint shards hold, for every action."""
    shard = read_poses_2d(args.keypoints)
    videos = chosen_clips(read_videos(args.videos), shard.clips)
    if videos.empty:
        raise InputError(args.keypoints[0], expected="clips of the videos table", found="none")
    labels = read_labels(args.labels)
    heatmaps = read_heatmaps(args.heatmaps) if args.heatmaps else None
    phases = {v: labels.phases.get(v, np.full(len(shard.clips[v].confidence), -1)) for v in videos.video_id}
    at = {v: drawn_frames(phases[v]) for v in phases}
    pictures = read_pictures(args.frames, at)
    strips = []
    for row in videos.to_dict("records"):
        video_id = str(row["video_id"])
        clip_pictures = pictures.get(video_id, [])
        strips.append(
            Strip(
                action=str(row["action"]),
                clip=shard.clips[video_id],
                at=at[video_id],
                pictures=clip_pictures,
                scale=clip_pictures[0].shape[1] / float(row["width"]) if clip_pictures else 1.0,
                heatmaps=heatmaps.clips.get(video_id) if heatmaps else None,
                phases=phases[video_id],
                fps=float(row["fps"]),
                name_of=partial(labels.name_of, str(row["action"])),
            )
        )
    save(draw(strips, SKELETONS[shard.skeleton], heatmaps), args.output, args.dark, dpi=140)
    log.info("%s: %d clips", args.output, len(strips))


def chosen_clips(videos: pd.DataFrame, clips: dict[str, Keypoints]) -> pd.DataFrame:
    """Take each action's first clip with a pose, a val clip where there is one."""
    with_pose = videos[videos.video_id.isin(list(clips))]
    # "val" sorts behind "train".
    order = with_pose.sort_values(["action", "split", "video_id"], ascending=[True, False, True])
    return order.groupby("action", sort=True).head(1)


def drawn_frames(phases: np.ndarray) -> np.ndarray:
    """Spread the frames drawn evenly over the movement: all phases, and a bit of the stillness around them.

    Args:
        phases: (T,) phase of each frame; where it never changes, the whole clip is shown.

    Returns:
        (FRAMES,) frame numbers.
    """
    last = len(phases) - 1
    changes = np.flatnonzero(np.diff(phases))
    around = 0.08 * last
    first, end = (changes[0] - around, changes[-1] + 1 + around) if len(changes) else (0, last)
    return np.linspace(max(first, 0), min(end, last), FRAMES).round().astype(int)


def draw(strips: list[Strip], skeleton: Skeleton, heatmaps: HeatmapShard | None) -> Figure:
    """Lay the clips below each other, two rows each (one without heatmaps)."""
    rows = 2 if heatmaps else 1
    cell, gap, left, head = 1.42, 0.5, 0.34, 0.28
    width = left + FRAMES * cell
    height = len(strips) * (rows * cell + gap) + head
    figure = Figure(figsize=(width, height))
    box = HeatmapSpec.parse(heatmaps.spec).box if heatmaps else 1.1
    for n, strip in enumerate(strips):
        top = height - head - n * (rows * cell + gap)
        middle = top - rows * cell / 2
        figure.text(
            0.13 / width, middle / height, title(strip.action), rotation=90, va="center", ha="center", color=INK
        )
        for k, t in enumerate(strip.at):
            for row in range(rows):
                place = (left + k * cell, top - (row + 1) * cell, cell - 0.03, cell - 0.03)
                axis = figure.add_axes((place[0] / width, place[1] / height, place[2] / width, place[3] / height))
                _draw_cell(axis, strip, k, skeleton=skeleton, box=box, is_heatmap=row == 1)
            x, y = left + (k + 0.5) * cell, top - rows * cell - 0.04
            words = wrapped(caption(strip, int(t)), 22, lines=3)
            figure.text(x / width, y / height, words, ha="center", va="top", fontsize=7.5, color=GREY)
    _legend(figure, width=width, height=height)
    return figure


def caption(strip: Strip, t: int) -> str:
    """Say when the frame is and in which phase."""
    time = f"{t / strip.fps:.1f} s" if strip.fps > 0 else f"frame {t}"
    return f"{time} · {strip.name_of(int(strip.phases[t]))}" if (strip.phases >= 0).any() else time


def _legend(figure: Figure, *, width: float, height: float) -> None:
    for x, side, text in ((0.34, "left", "person's left side"), (1.9, "right", "person's right side")):
        y = 1 - 0.14 / height
        figure.text(x / width, y, "●", color=SIDES[side], va="center", fontsize=10)
        figure.text((x + 0.16) / width, y, text, color=GREY, va="center", fontsize=8)


def _draw_cell(axis: Axes, strip: Strip, k: int, *, skeleton: Skeleton, box: float, is_heatmap: bool) -> None:
    axis.set_xticks([])
    axis.set_yticks([])
    for spine in axis.spines.values():
        spine.set_visible(False)
    t = strip.at[k]
    if is_heatmap:
        axis.set_facecolor(NIGHT)
        if strip.heatmaps is not None:
            (x, y), side = square_box(strip.clip.position, strip.clip.confidence, enlarge=box)
            extent = (x, x + side, y + side, y)
            axis.imshow(coloured(strip.heatmaps[t], skeleton), interpolation="bicubic", extent=extent)
    else:
        axis.set_facecolor("#dfe3e8" if strip.pictures else "white")
        if strip.pictures:
            high, wide = strip.pictures[k].shape[:2]
            extent = (0, wide / strip.scale, high / strip.scale, 0)
            axis.imshow(strip.pictures[k], interpolation="bilinear", extent=extent)
        draw_skeleton(axis, strip.clip.position[t], skeleton)
    # Heads and hands reach over the heatmaps' square, which goes by joints.
    (x, y), side = square_box(strip.clip.position, strip.clip.confidence, enlarge=VIEW)
    axis.set_xlim(x, x + side)
    axis.set_ylim(y + side, y)


def coloured(maps: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Lay the channels over each other in the colours of their joints, on a dark ground.

    Args:
        maps: (C, H, W) uint8; joints, limbs, or joints followed by limbs.
        skeleton: names of the joints; a limb has the colour of its first joint.

    Returns:
        (H, W, 3) float in [0, 1].
    """
    joints, limbs = list(skeleton.joints), [a for a, _ in skeleton.limbs]
    names = {len(joints): joints, len(limbs): limbs}.get(len(maps), joints + limbs)
    paint = np.array([to_rgb(SIDES[side_of(name)]) for name in names])  # (C, 3)
    ground = np.array(to_rgb(NIGHT))
    strength = (maps[..., None] / 255.0) ** 0.45  # small values shall be seen, too
    layers = ground + strength * (paint[:, None, None] - ground)  # (C, H, W, 3)
    return np.asarray(layers.max(0).clip(0, 1))
