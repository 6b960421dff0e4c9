"""Heatmaps of joints as the verb draws them, against whole maps of Gaussians pixel by pixel in NumPy."""

import numpy as np

from la2ds.config import HeatmapSpec
from la2ds.formats.keypoints import Keypoints
from la2ds.formats.skeletons import SKELETONS
from la2ds.views.heatmaps import draw_clip
from la2ds.views.joints import to_box
from tests.benchmarks.harness import Case

# (frames, pixels of a side): `la2ds`, PoseConv3D's, and more frames of it.
SIZES = [(50, 24), (500, 24), (500, 56), (2000, 56)]
COCO = SKELETONS["coco17"]


def make(size: tuple[int, int]) -> Case:
    frames, pixels = size
    rng = np.random.default_rng(0)
    position = rng.uniform(20, 300, (frames, len(COCO.joints), 2)).astype(np.float32)
    clip = Keypoints(position, rng.uniform(0.2, 1, position.shape[:2]).astype(np.float32))
    spec = HeatmapSpec(size=pixels, sigma=1.0 if pixels == 24 else 0.6)

    def plain() -> np.ndarray:
        shares = to_box(clip.position, clip.confidence, enlarge=spec.box)
        grid = np.arange(pixels, dtype=np.float32)
        maps = np.zeros((*position.shape[:2], pixels, pixels), np.uint8)
        for t, joints in enumerate(shares * pixels - 0.5):
            for j, (x, y) in enumerate(joints):
                squared = (grid[None, :] - x) ** 2 + (grid[:, None] - y) ** 2
                value = clip.confidence[t, j] * np.exp(-squared / (2 * spec.sigma**2))
                maps[t, j] = np.round(value * 255)
        return maps

    return Case(lambda: draw_clip(clip, spec=spec, skeleton=COCO), plain, tolerance=1)
