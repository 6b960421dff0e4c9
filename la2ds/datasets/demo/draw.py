"""Pictures of the demo's body and its lamp: rounded limbs painted from far to near with OpenCV.

Colours are (red, green, blue); positions are pixels, x to the right and y down.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from la2ds.datasets.demo.lamp import Lamp, light_room, paint_lamp, track_lamp
from la2ds.datasets.demo.paint import SHIFT, darker, disc, fixed, line
from la2ds.datasets.demo.rig import POINT
from la2ds.datasets.demo.subject import SIZE, Camera, Colour, Look, Occluder, Subject

RIM = 0.12  # width of a part's dark rim, as a share of its radius
MARGIN = 8  # pixels of background around the picture, for the jitter of the camera
_ANGLES = np.linspace(0, 2 * np.pi, 20, endpoint=False)
CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=-1)


@dataclass(frozen=True)
class Part:
    """The hull of some balls, in one colour.

    Attributes:
        balls: (point, other point, share of the way to it, radius in millimetres).
        colour: (red, green, blue).
        nearer: millimetres by which it is painted nearer than its balls' mean depth.
    """

    balls: tuple[tuple[str, str, float, float], ...]
    colour: Colour
    nearer: float = 0


def body_parts(look: Look, girth: float) -> list[Part]:
    """List the parts of a body."""
    parts = [part for side in ("left", "right") for part in _limbs(side, look, girth)]
    shirt = (
        ("left_shoulder", "left_hip", 0.06, 52 * girth),
        ("right_shoulder", "right_hip", 0.06, 52 * girth),
        ("left_hip", "left_shoulder", 0.3, 68 * girth),
        ("right_hip", "right_shoulder", 0.3, 68 * girth),
        ("left_hip", "left_shoulder", 0.12, 66 * girth),
        ("right_hip", "right_shoulder", 0.12, 66 * girth),
    )
    pelvis = (("left_hip", "left_knee", 0.0, 76 * girth), ("right_hip", "right_knee", 0.0, 76 * girth))
    return [
        *parts,
        Part(pelvis, look.trousers),
        Part(shirt, look.shirt, nearer=70),
        Part((("neck", "brow", 0.05, 50), ("neck", "chin", 0.75, 46)), darker(look.skin, 0.88), nearer=35),
        Part((("crown", "nape", 0.0, 86), ("nape", "crown", 0.0, 70)), look.hair, nearer=20),
        Part((("left_ear", "nape", 0.0, 20),), look.skin, nearer=10),
        Part((("right_ear", "nape", 0.0, 20),), look.skin, nearer=10),
        Part((("brow", "chin", 0.0, 70), ("chin", "brow", 0.0, 48)), look.skin, nearer=40),
    ]


def _limbs(side: str, look: Look, girth: float) -> Iterator[Part]:
    def limb(start: str, end: str, radii: tuple[float, float]) -> tuple[tuple[str, str, float, float], ...]:
        a, b = f"{side}_{start}", f"{side}_{end}"
        return (a, b, 0.0, radii[0] * girth), (a, b, 1.0, radii[1] * girth)

    yield Part(limb("heel", "toe", (38, 34)), look.shoes)
    yield Part(limb("knee", "ankle", (56, 40)), look.trousers)
    yield Part(limb("hip", "knee", (80, 58)), look.trousers)
    yield Part(limb("shoulder", "elbow", (46, 37)), look.skin)
    shoulder, elbow = f"{side}_shoulder", f"{side}_elbow"
    sleeve = (shoulder, elbow, 0.0, 53 * girth), (shoulder, elbow, 0.55, 50 * girth)
    yield Part(sleeve, darker(look.shirt, 0.93), nearer=110)
    yield Part(limb("elbow", "wrist", (37, 28)), look.skin)
    yield Part(limb("wrist", "hand", (30, 34)), look.skin)


def draw_clip(
    points: np.ndarray,
    pixels: np.ndarray,
    *,
    subject: Subject,
    look: Look,
    camera: Camera,
    occluder: Occluder | None,
    lamp: Lamp,
    lit: np.ndarray,
    rng: np.random.Generator,
) -> Iterator[np.ndarray]:
    """Draw a clip frame by frame.

    Args:
        points: (T, K, 3) the rig's points in the camera frame, in millimetres.
        pixels: (T, K, 2) the same, projected.
        subject: for the girth.
        look: colours and noise.
        camera: for scale, horizon and jitter.
        occluder: the box in front, if any.
        lamp: what the person carries.
        lit: (T,) bool, whether the lamp burns.
        rng: the clip's generator.

    Yields:
        (SIZE, SIZE, 3) uint8 red, green, blue.
    """
    room = draw_room(look, camera, rng)
    noise = _noise_sheets(look.noise, rng)
    outlines = outline(points, pixels, parts=body_parts(look, subject.girth), focal=camera.focal)
    track = track_lamp(points, lamp, camera)
    for frame, (place, pixel) in enumerate(zip(points, pixels, strict=True)):
        picture = _shifted(room, camera.jitter[frame])
        _draw_shadow(picture, pixel)
        # The lamp takes its turn from far to near, and the face, which has none, is never painted onto it.
        depth = track.depth[frame]
        face_first = depth < place[POINT["head"], 2]
        draw_body(picture, outlines, frame, within=(depth, np.inf))
        if face_first:
            _draw_face(picture, place, pixel)
        paint_lamp(picture, lamp, track, frame=frame, lit=bool(lit[frame]))
        draw_body(picture, outlines, frame, within=(-np.inf, depth))
        if not face_first:
            _draw_face(picture, place, pixel)
        if occluder is not None and np.isfinite(occluder.centre[frame]).all():
            _draw_box(picture, occluder.centre[frame], occluder)
        if lit[frame]:
            light_room(picture, lamp)
        yield _with_noise(picture, noise, rng)


def draw_room(look: Look, camera: Camera, rng: np.random.Generator) -> np.ndarray:
    """Draw wall, floor and a picture on the wall, with a margin of ``MARGIN`` pixels on each side."""
    side = SIZE + 2 * MARGIN
    # The wall stands 1.5 m behind the subject.
    edge = MARGIN + camera.centre[1] + camera.focal * camera.height / (camera.distance + 1500)
    light = np.linspace(rng.uniform(0.92, 1.08), rng.uniform(0.88, 1.0), side)
    room = np.empty((side, side, 3), dtype=np.float64)
    room[:] = look.wall
    room *= light[None, :, None]
    below = np.arange(side) >= edge
    room[below] = np.array(look.floor) * np.linspace(0.85, 1.1, max(int(below.sum()), 1))[:, None, None]
    picture = np.clip(room, 0, 255).astype(np.uint8)
    line(picture, (0, edge), (side, edge), colour=darker(look.wall, 0.6), width=3)
    vanishing = (side / 2, MARGIN + camera.centre[1])
    for x in np.linspace(-side, 2 * side, 13):
        slope = (x - vanishing[0]) / (side - vanishing[1])
        start = (vanishing[0] + slope * (edge - vanishing[1]), edge)
        line(picture, start, (x, side), colour=darker(look.floor, 0.8), width=1)
    left, top = rng.uniform(10, 250), rng.uniform(20, 70)
    corners = ((round(left), round(top)), (round(left + rng.uniform(40, 80)), round(top + rng.uniform(40, 90))))
    cv2.rectangle(picture, *corners, darker(look.wall, 0.8), -1)
    cv2.rectangle(picture, *corners, darker(look.floor, 0.7), 2)
    return picture


@dataclass(frozen=True)
class Outlines:
    """Where the parts of a body are in each frame.

    Attributes:
        depth: (T, P) by which the P parts are ordered, in millimetres.
        layers: per part (T, 3, N, 2) int32 points around its balls, as OpenCV's fixed-point pixels: rim, body, light.
        colours: per part the colours of the three layers.
    """

    depth: np.ndarray
    layers: list[np.ndarray]
    colours: list[tuple[Colour, Colour, Colour]]


def outline(points: np.ndarray, pixels: np.ndarray, *, parts: list[Part], focal: float) -> Outlines:
    """Outline all parts in all frames.

    Args:
        points: (T, K, 3) in the camera frame, in millimetres.
        pixels: (T, K, 2) the same in pixels.
        parts: what a body consists of.
        focal: in pixels.
    """
    depths, layers = [], []
    for part in parts:
        a, b = [POINT[ball[0]] for ball in part.balls], [POINT[ball[1]] for ball in part.balls]
        share, radius = np.array([ball[2:] for ball in part.balls]).T
        depth = points[:, a, 2] + share * (points[:, b, 2] - points[:, a, 2])  # (T, balls)
        centre = pixels[:, a] + share[:, None] * (pixels[:, b] - pixels[:, a])  # (T, balls, 2)
        around = (radius * focal / depth)[..., None, None] * CIRCLE  # (T, balls, angles, 2)
        middle = centre[:, :, None]
        light = middle - 0.18 * np.abs(around[:, :, :1, :1]) + 0.55 * around
        stack = np.stack([middle + around * (1 + RIM), middle + around, light], axis=1)
        layers.append(np.round(stack * (1 << SHIFT)).astype(np.int32).reshape(len(points), 3, -1, 2))
        depths.append(depth.mean(axis=1) - part.nearer)
    colours = [(darker(part.colour, 0.62), part.colour, darker(part.colour, 1.12)) for part in parts]
    return Outlines(np.stack(depths, axis=1), layers, colours)


def draw_body(picture: np.ndarray, outlines: Outlines, frame: int, *, within: tuple[float, float]) -> None:
    """Paint a frame's body parts from far to near.

    Args:
        picture: (H, W, 3) uint8, changed in place.
        outlines: of all frames.
        frame: which one.
        within: only parts from the first depth up to but not at the second, in millimetres.
    """
    depth = outlines.depth[frame]
    for part in np.argsort(-depth, kind="stable"):
        if within[0] <= depth[part] < within[1]:
            for layer, colour in zip(outlines.layers[part][frame], outlines.colours[part], strict=True):
                cv2.fillConvexPoly(picture, cv2.convexHull(layer), colour, cv2.LINE_AA, SHIFT)


def _draw_face(picture: np.ndarray, place: np.ndarray, pixel: np.ndarray) -> None:
    centre = place[POINT["head_centre"]]
    for side in ("left", "right"):
        eye = POINT[f"{side}_eye"]
        # Seen only if the skin there is turned to the camera.
        if np.dot(place[eye] - centre, place[eye]) < -0.25 * np.linalg.norm(place[eye]) * 80:
            disc(picture, pixel[eye], 2.6, colour=(245, 245, 245))
            disc(picture, pixel[eye], 1.5, colour=(30, 26, 24))
            line(picture, pixel[eye] + (-3, -4), pixel[eye] + (3, -4), colour=(60, 44, 36), width=1)
    nose, mouth = pixel[POINT["head"]], pixel[[POINT["left_mouth"], POINT["right_mouth"]]]
    if place[POINT["head"], 2] < centre[2] - 25:
        bridge = (pixel[POINT["left_eye"]] + pixel[POINT["right_eye"]]) / 2
        line(picture, bridge, nose, colour=(150, 104, 84), width=1)
        disc(picture, nose, 1.6, colour=(150, 100, 82))
        line(picture, mouth[0], mouth[1], colour=(168, 52, 56), width=2)


def _draw_shadow(picture: np.ndarray, pixel: np.ndarray) -> None:
    feet = pixel[[POINT[f"{s}_{p}"] for s in ("left", "right") for p in ("toe", "heel")]]
    x, y = feet.mean(axis=0)
    floor = picture[int(np.clip(y - 12, 0, SIZE - 1)) :]  # a view: only this part is mixed
    shade, half = floor.copy(), float(np.ptp(feet[:, 0])) / 2 + 14
    centre = fixed((x, y + 3 - (SIZE - len(floor))))
    cv2.ellipse(shade, centre, fixed((half, 9.0)), 0, 0, 360, (40, 36, 34), -1, cv2.LINE_AA, SHIFT)
    cv2.addWeighted(shade, 0.4, floor, 0.6, 0, dst=floor)


def _draw_box(picture: np.ndarray, centre: np.ndarray, occluder: Occluder) -> None:
    half = np.array(occluder.size) / 2
    start, end = fixed(centre - half), fixed(centre + half)
    cv2.rectangle(picture, start, end, occluder.colour, -1, cv2.LINE_AA, SHIFT)
    cv2.rectangle(picture, start, end, darker(occluder.colour, 0.5), 2, cv2.LINE_AA, SHIFT)


def _shifted(room: np.ndarray, jitter: np.ndarray) -> np.ndarray:
    """Cut the picture out of the room, moved by the camera's jitter in pixels."""
    x, y = MARGIN + (SIZE - 1) / 2 - jitter
    return np.asarray(cv2.getRectSubPix(room, (SIZE, SIZE), (float(x), float(y))))


def _noise_sheets(sigma: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw one sheet of sensor noise, as what to add and what to take away (both uint8).

    Frames take a random part of it, which costs less than new noise.
    """
    side = SIZE + 64
    noise = np.round(rng.standard_normal((side, side, 3), dtype=np.float32) * sigma)
    return np.maximum(noise, 0).astype(np.uint8), np.maximum(-noise, 0).astype(np.uint8)


def _with_noise(picture: np.ndarray, sheets: tuple[np.ndarray, np.ndarray], rng: np.random.Generator) -> np.ndarray:
    y, x = rng.integers(0, 65, 2)
    more, less = (sheet[y : y + SIZE, x : x + SIZE] for sheet in sheets)
    return np.asarray(cv2.subtract(cv2.add(picture, more), less))
