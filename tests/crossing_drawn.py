"""Drawn people who walk past each other, with where their joints really are."""

import dataclasses

import numpy as np

from la2ds.datasets.demo.clip import make_clip
from la2ds.datasets.demo.draw import MARGIN, body_parts, draw_body, draw_room, outline
from la2ds.datasets.demo.rig import project
from la2ds.datasets.demo.subject import SIZE

FRAMES = 50


def draw_crossing(
    ways: list[tuple[float, float]], behind: list[float], seed: int
) -> tuple[list[np.ndarray], np.ndarray]:
    """Draw people of the demo in one room, each going sideways.

    Args:
        ways: from where to where each goes, in millimetres from the middle.
        behind: how far each is behind where the demo's people are, in millimetres; the farthest is painted first.
        seed: of bodies, clothes and movements.

    Returns:
        FRAMES pictures (SIZE, SIZE, 3) red, green, blue; (P, FRAMES, 13, 2) where joints are, in pixels.
    """
    clips = [make_clip("jumping_jacks", seed=seed, action_index=1, clip_index=i) for i in range(len(ways))]
    camera = dataclasses.replace(clips[0].camera, jitter=np.zeros((FRAMES, 2)))
    room = draw_room(clips[0].look, camera, np.random.default_rng(seed))[MARGIN:-MARGIN, MARGIN:-MARGIN]
    outlines, joints = [], []
    for clip, way, back in zip(clips, ways, behind, strict=True):
        moment = np.minimum(np.arange(FRAMES), len(clip.points) - 1)
        # As seen by the first one's camera, from the same height and distance.
        points = clip.points[moment].astype(np.float64)
        points[..., 0] += np.linspace(*way, FRAMES)[:, None]
        points[..., 2] += back + camera.distance - clip.camera.distance
        points[..., 1] += camera.height - clip.camera.height
        pixels = project(points, camera)
        parts = body_parts(clip.look, clip.subject.girth)
        outlines.append(outline(points, pixels, parts=parts, focal=camera.focal))
        joints.append(pixels[:, :13])
    pictures = []
    for frame in range(FRAMES):
        picture = np.ascontiguousarray(room).copy()
        for person in np.argsort([-b for b in behind], kind="stable"):
            draw_body(picture, outlines[person], frame, within=(-np.inf, np.inf))
        pictures.append(picture)
    assert pictures[0].shape == (SIZE, SIZE, 3)
    return pictures, np.stack(joints)
