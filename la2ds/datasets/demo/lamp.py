"""The demo's hand lamp: a clue that only the pictures hold.

Without it a fusion of skeletons and pictures has nothing to win on the demo: everything that is drawn follows from the
pose. So, to give the pictures something of their own to say, the person carries a lantern that is dark until it is lit
at a random moment of the extreme pose, in which the body is still; it goes out half way back. While it burns it lights
the room, too. Lighting it ends phase 1, and no skeleton shows when. The clue is made on purpose: a method that gains
from it has shown no more than that it can use one.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from la2ds.datasets.demo.paint import darker, disc, line
from la2ds.datasets.demo.rig import POINT, project
from la2ds.datasets.demo.subject import Camera, Colour

RADIUS = (68.0, 80.0)  # of the lantern, in millimetres
# The lantern hangs outside the fist, so that it covers neither the wrist nor, with raised arms, the forearm; and not
# above the hand, so that it stays in the box of the joints.
BELOW, OUTSIDE = 70.0, 45.0  # millimetres from the hand to the lantern's middle
NEARER = 60.0  # millimetres by which it is painted nearer than it is
HALO = 2.3  # radius of the glow, in radii of the lantern
GLOW = 0.6  # share of the lamp's colour in the glow's middle
ROOM = 0.2  # share of the lamp's colour in everything else while it burns

# The light has a colour that no clothes and no wall have: from so few clips, a network would not learn to tell a yellow
# light from a yellow shirt.
DARK = ((34, 40, 78), (64, 30, 66), (72, 28, 42))  # navy, plum, wine
LIT = ((40, 236, 255), (30, 255, 220))  # cyan, turquoise


@dataclass(frozen=True)
class Lamp:
    """The lamp of a clip.

    Attributes:
        side: the hand that carries it, left or right.
        dark: its colour while it does not burn.
        lit: its colour while it burns.
        radius: in millimetres.
        moment: when it is lit, as a share of the time in the extreme pose.
    """

    side: str
    dark: Colour
    lit: Colour
    radius: float
    moment: float


def draw_lamp(rng: np.random.Generator) -> Lamp:
    """Draw a lamp by lot."""
    return Lamp(
        side=("left", "right")[int(rng.integers(2))],
        dark=DARK[int(rng.integers(len(DARK)))],
        lit=LIT[int(rng.integers(len(LIT)))],
        radius=float(rng.uniform(*RADIUS)),
        moment=float(rng.random()),
    )


@dataclass(frozen=True)
class LampTrack:
    """Where a lamp is in each frame.

    Attributes:
        depth: (T,) by which it is ordered among the parts of the body, in millimetres.
        centre: (T, 2) its middle in pixels.
        hand: (T, 2) what it hangs from, in pixels.
        radius: (T,) in pixels.
    """

    depth: np.ndarray
    centre: np.ndarray
    hand: np.ndarray
    radius: np.ndarray


def track_lamp(points: np.ndarray, lamp: Lamp, camera: Camera) -> LampTrack:
    """Hang the lamp from its hand.

    Args:
        points: (T, K, 3) the rig's points in the camera frame, in millimetres.
        lamp: which lamp.
        camera: the view.
    """
    other = "right" if lamp.side == "left" else "left"
    hand = points[:, POINT[f"{lamp.side}_hand"]]
    across = points[:, POINT[f"{lamp.side}_shoulder"]] - points[:, POINT[f"{other}_shoulder"]]
    outside = across / np.linalg.norm(across, axis=-1, keepdims=True)
    centre = hand + OUTSIDE * outside + (0, BELOW, 0)  # (T, 3)
    pixels = project(np.stack([centre, hand], axis=1), camera)
    depth = centre[:, 2]
    return LampTrack(depth - NEARER, pixels[:, 0], pixels[:, 1], lamp.radius * camera.focal / depth)


def paint_lamp(picture: np.ndarray, lamp: Lamp, track: LampTrack, *, frame: int, lit: bool) -> None:
    """Paint the lamp of one frame.

    Args:
        picture: (H, W, 3) uint8, changed in place.
        lamp: its colours.
        track: its places in all frames.
        frame: which one.
        lit: whether it burns.
    """
    centre, radius = track.centre[frame], float(track.radius[frame])
    colour, metal = lamp.lit if lit else lamp.dark, darker(lamp.dark, 0.6)
    if lit:
        _paint_halo(picture, centre, HALO * radius, colour=colour)
    line(picture, track.hand[frame], centre, colour=metal, width=2)
    disc(picture, centre, radius * 1.08, colour=darker(colour, 0.85) if lit else metal)
    disc(picture, centre, radius, colour=colour)
    if lit:
        disc(picture, centre, radius * 0.45, colour=_paler(colour))
    else:
        disc(picture, centre - 0.3 * radius, radius * 0.3, colour=darker(colour, 1.5))
    left, right = centre + radius * np.array([[-0.4, -0.95], [0.4, -0.95]])
    line(picture, left, right, colour=metal, width=3)  # the cap


def light_room(picture: np.ndarray, lamp: Lamp) -> None:
    """Mix some of a burning lamp's colour into the whole picture, (H, W, 3) uint8, in place."""
    cv2.addWeighted(picture, 1 - ROOM, np.full_like(picture, lamp.lit), ROOM, 0, dst=picture)


def _paint_halo(picture: np.ndarray, centre: np.ndarray, radius: float, *, colour: Colour) -> None:
    """Mix the colour into a disc, less and less towards its edge."""
    low = np.maximum(np.floor(centre - radius).astype(int), 0)
    high = np.maximum(np.ceil(centre + radius).astype(int) + 1, 0)
    part = picture[low[1] : high[1], low[0] : high[0]]  # a view: only this part is mixed
    if part.size == 0:
        return
    y, x = (np.arange(n) + start for n, start in zip(part.shape[:2], low[::-1], strict=True))
    squared = (x - centre[0]) ** 2 + (y[:, None] - centre[1]) ** 2  # (h, w)
    share = GLOW * np.maximum(1 - squared / radius**2, 0)[..., None]
    part[:] = np.round(part + share * (np.array(colour) - part))


def _paler(colour: Colour) -> Colour:
    red, green, blue = ((c + 255) // 2 for c in colour)
    return red, green, blue
