"""One demo clip: its truth (poses, events, phases) and its pictures, from three numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from la2ds.datasets.demo.draw import draw_clip
from la2ds.datasets.demo.lamp import Lamp, draw_lamp
from la2ds.datasets.demo.motion import MOVEMENTS, course
from la2ds.datasets.demo.rig import build, project, to_camera
from la2ds.datasets.demo.subject import (
    Camera,
    Look,
    Occluder,
    Subject,
    Tempo,
    draw_camera,
    draw_look,
    draw_occluder,
    draw_subject,
    draw_tempo,
)
from la2ds.formats.skeletons import BODY13

EVENTS = {
    "squat": ("hips half way down", "lamp lit at the lowest point", "hips half way up"),
    "jumping_jacks": (
        "hands at shoulder height going up",
        "lamp lit at the top",
        "hands at shoulder height going down",
    ),
    "side_lunge": ("hips half way down", "lamp lit at the lowest point", "hips half way up"),
}
LIT_PHASE = 2  # the lamp burns from the frame after the second event to the frame of the third
AT_EXTREME = 0.97  # of the way: from here on the extreme pose is reached
JOINTS = len(BODY13.joints)


@dataclass(frozen=True)
class Clip:
    """The truth of a clip, and what is needed to draw it.

    Attributes:
        points: (T, K, 3) the rig's points in the camera frame, in millimetres; the first 13 are BODY13.
        pixels: (T, K, 2) the same in pixels.
        events: the last frames of phases 0, 1 and 2.
        tempo, subject, look, camera, occluder, lamp: what was drawn by lot.
        rng: the clip's generator, where drawing goes on.
    """

    points: np.ndarray
    pixels: np.ndarray
    events: tuple[int, ...]
    tempo: Tempo
    subject: Subject
    look: Look
    camera: Camera
    occluder: Occluder | None
    lamp: Lamp
    rng: np.random.Generator

    @property
    def phases(self) -> np.ndarray:
        """Give the phase of each frame, (T,) int16: how many events lie before it."""
        return np.searchsorted(self.events, np.arange(len(self.points)), side="left").astype(np.int16)

    @property
    def lit(self) -> np.ndarray:
        """Say for each frame whether the lamp burns, (T,) bool."""
        return np.asarray(self.phases == LIT_PHASE)

    def draw(self) -> Iterator[np.ndarray]:
        """Draw the frames, once: the generator's state moves on."""
        return draw_clip(
            self.points,
            self.pixels,
            subject=self.subject,
            look=self.look,
            camera=self.camera,
            occluder=self.occluder,
            lamp=self.lamp,
            lit=self.lit,
            rng=self.rng,
        )


def make_clip(action: str, *, seed: int, action_index: int, clip_index: int) -> Clip:
    """Make a clip; the same numbers give the same clip, whatever other clips there are.

    Args:
        action: a name in ``MOVEMENTS``.
        seed: of the dataset.
        action_index: position of the action in ``MOVEMENTS``.
        clip_index: position of the clip within the action.
    """
    rng = np.random.default_rng([seed, action_index, clip_index])
    subject, tempo, look = draw_subject(rng), draw_tempo(rng), draw_look(rng)
    camera = draw_camera(rng, tempo.frames)
    occluder = draw_occluder(rng, tempo.frames)
    pose = MOVEMENTS[action](rng, subject, course(rng, tempo))
    # What is stored is float32, so the events are taken from float32: whoever checks them finds the same frames.
    points = to_camera(build(pose, subject), camera).astype(np.float32)
    pixels = project(points, camera).astype(np.float32)
    # A generator of its own: the lamp leaves motion, view and noise as they are without it.
    lamp = draw_lamp(np.random.default_rng([seed, action_index, clip_index, 1]))
    events = find_events(action, points[:, :JOINTS], moment=lamp.moment)
    return Clip(points, pixels, events, tempo, subject, look, camera, occluder, lamp, rng)


def progress(action: str, joints: np.ndarray) -> np.ndarray:
    """Measure how far the movement has gone.

    Args:
        action: a name in ``EVENTS``.
        joints: (T, 13, 3) in the camera frame (y points down), in millimetres.

    Returns:
        (T,) height in millimetres: of the wrists above the shoulders, or of the hips below the camera.
    """
    y = joints[..., 1].astype(np.float64)

    def mean(joint: str) -> np.ndarray:
        return np.asarray((y[:, BODY13.index(f"left_{joint}")] + y[:, BODY13.index(f"right_{joint}")]) / 2)

    return mean("shoulder") - mean("wrist") if action == "jumping_jacks" else mean("hip")


def find_events(action: str, joints: np.ndarray, *, moment: float) -> tuple[int, int, int]:
    """Find the key events in the geometry, and where the lamp is lit.

    Args:
        action: a name in ``EVENTS``.
        joints: (T, 13, 3) in the camera frame, in millimetres.
        moment: when the lamp is lit, as a share of the time in the extreme pose.

    Returns:
        the first frame past half way, the last frame before the lamp is lit, the last frame past half way.
    """
    way = progress(action, joints)
    low, high = way.min(), way.max()
    # The jumping jacks' half way has a name of its own: the hands are as high as the shoulders.
    half = 0.0 if action == "jumping_jacks" else (low + high) / 2
    past = np.flatnonzero(way >= half)
    extreme = np.flatnonzero(way >= low + AT_EXTREME * (high - low))
    first, last = int(extreme[0]), int(extreme[-1])
    return int(past[0]), first + int(moment * (last - first + 1)), int(past[-1])
