"""Who moves, how fast, and who is watching: everything about a demo clip that is drawn by lot."""

from dataclasses import dataclass

import numpy as np

FPS = 20
SIZE = 360  # width and height of the clips, in pixels
SHORTEST, LONGEST = 40, 70  # frames in a clip
LONGEST_LEAD = 0.45  # of the clip, at each end
FROM_BEHIND = 0.08  # share of clips
OCCLUDED = 0.3  # share of clips

Colour = tuple[int, int, int]

SKIN = ((236, 196, 168), (222, 178, 146), (198, 150, 116), (160, 112, 82), (240, 208, 184))
HAIR = ((46, 34, 28), (84, 56, 36), (120, 84, 48), (30, 28, 30), (112, 104, 98))
SHIRTS = ((196, 60, 56), (52, 112, 190), (60, 150, 92), (226, 180, 60), (148, 84, 168), (230, 230, 226), (224, 120, 52))
TROUSERS = ((44, 52, 84), (60, 60, 64), (96, 80, 62), (36, 74, 70), (90, 98, 112))
SHOES = ((28, 28, 32), (226, 226, 226), (150, 50, 46))
WALLS = ((206, 210, 204), (188, 200, 212), (214, 202, 184), (176, 190, 176), (198, 188, 202))
FLOORS = ((150, 118, 88), (128, 128, 130), (116, 132, 118), (168, 146, 120))
OBJECTS = ((94, 66, 44), (70, 84, 60), (58, 58, 66), (130, 44, 40))


@dataclass(frozen=True)
class Subject:
    """Lengths in millimetres; pairs are (left, right) where the sides may differ."""

    shoulder: float
    hip: float
    trunk: float
    neck: float
    upper_arm: float
    forearm: float
    thigh: float
    shin: float
    ankle: float
    girth: float


@dataclass(frozen=True)
class Tempo:
    """How a clip's time is spent.

    Attributes:
        lead_in: frames of standing before the movement.
        out: frames from standing to the extreme pose.
        hold: frames in the extreme pose.
        back: frames from the extreme pose to standing.
        lead_out: frames of standing after the movement.
        ease: exponents of the ways out and back; above 1 starts slowly.
        uneven: hesitation half way out and back; above 0 starts fast, slows down and speeds up again.
    """

    lead_in: int
    out: int
    hold: int
    back: int
    lead_out: int
    ease: tuple[float, float]
    uneven: tuple[float, float]

    @property
    def frames(self) -> int:
        """Give the number of frames of the clip."""
        return self.lead_in + self.out + self.hold + self.back + self.lead_out

    def control(self, times: np.ndarray) -> np.ndarray:
        """Give the animated control at these times.

        Args:
            times: (...) in frames, not necessarily whole.

        Returns:
            (...) from 0 (standing) to 1 (extreme pose).
        """
        out = (times - self.lead_in) / self.out
        back = (times - self.lead_in - self.out - self.hold) / self.back
        extent = _eased(out, self.ease[0], self.uneven[0]) - _eased(back, self.ease[1], self.uneven[1])
        return np.asarray(extent)


def _eased(progress: np.ndarray, ease: float, uneven: float) -> np.ndarray:
    """Turn even progress (clipped to [0, 1]) into one with a smooth start and end."""
    x = np.clip(progress, 0, 1)
    x = x + uneven * np.sin(2 * np.pi * x) / (2 * np.pi)
    x = np.clip(x, 0, 1) ** ease
    return np.asarray(x**3 * (10 - 15 * x + 6 * x**2))  # minimum jerk


@dataclass(frozen=True)
class Look:
    """Colours as (red, green, blue)."""

    skin: Colour
    hair: Colour
    shirt: Colour
    trousers: Colour
    shoes: Colour
    wall: Colour
    floor: Colour
    noise: float


@dataclass(frozen=True)
class Camera:
    """A level pinhole camera.

    Attributes:
        yaw: how far the subject is turned to its own left, in radians; 0 faces the camera.
        distance: from the camera to the subject, in millimetres.
        height: of the camera above the floor, in millimetres.
        focal: focal length in pixels.
        centre: principal point in pixels.
        jitter: (T, 2) shift of each picture, in pixels.
    """

    yaw: float
    distance: float
    height: float
    focal: float
    centre: tuple[float, float]
    jitter: np.ndarray


@dataclass(frozen=True)
class Occluder:
    """A box that is pushed past in front of the subject.

    Attributes:
        colour: (red, green, blue).
        size: width and height in pixels.
        centre: (T, 2) in pixels; NaN where it is not in the picture.
    """

    colour: Colour
    size: tuple[float, float]
    centre: np.ndarray


def draw_subject(rng: np.random.Generator) -> Subject:
    """Draw the limb lengths of an adult."""
    scale = float(np.clip(rng.normal(1, 0.05), 0.88, 1.1))
    lengths = (175.0, 100.0, 500.0, 190.0, 290.0, 250.0, 420.0, 405.0, 85.0)
    sizes = [float(scale * length * rng.uniform(0.95, 1.05)) for length in lengths]
    girth = float(rng.uniform(0.9, 1.2))
    return Subject(*(*sizes, girth))


def draw_tempo(rng: np.random.Generator) -> Tempo:
    """Draw a time course in which relative time says little about the phase."""
    frames = int(rng.integers(SHORTEST, LONGEST + 1))
    # One clip in five starts, and one in five ends, in the middle of things.
    leads = rng.uniform(0.03, LONGEST_LEAD, 2) * (rng.random(2) > 0.2)
    leads *= min(1.0, 0.62 / max(float(leads.sum()), 1e-9))
    lead_in, lead_out = (int(lead * frames) for lead in leads)
    shares = np.array([rng.uniform(0.7, 1.5), rng.uniform(0.05, 1.3), rng.uniform(0.7, 1.5)])
    moving = frames - lead_in - lead_out
    out, back = (max(7, round(float(share) * moving)) for share in shares[[0, 2]] / shares.sum())
    return Tempo(
        lead_in=lead_in,
        out=out,
        hold=max(1, moving - out - back),
        back=back,
        lead_out=lead_out,
        # People slow down into the extreme pose and are slow to leave it.
        ease=(float(rng.uniform(0.75, 1.1)), float(rng.uniform(1.0, 1.4))),
        uneven=(float(rng.uniform(-0.4, 0.5)), float(rng.uniform(-0.4, 0.5))),
    )


def draw_look(rng: np.random.Generator) -> Look:
    """Draw clothes and room."""

    def pick(colours: tuple[Colour, ...]) -> Colour:
        shade = np.asarray(colours[int(rng.integers(len(colours)))]) + rng.integers(-10, 11, 3)
        red, green, blue = (int(c) for c in np.clip(shade, 0, 255))
        return red, green, blue

    skin, hair, shirt, trousers, shoes, wall, floor = map(pick, (SKIN, HAIR, SHIRTS, TROUSERS, SHOES, WALLS, FLOORS))
    return Look(skin, hair, shirt, trousers, shoes, wall, floor, noise=float(rng.uniform(1.5, 4.5)))


def draw_camera(rng: np.random.Generator, frames: int) -> Camera:
    """Draw a view that shows the whole subject."""
    behind = rng.random() < FROM_BEHIND
    yaw = np.pi + rng.uniform(-0.35, 0.35) if behind else rng.uniform(-0.7, 0.7)
    distance, height = rng.uniform(3400, 4600), rng.uniform(900, 1350)
    focal = SIZE * distance / rng.uniform(2450, 2750)
    # 1080 mm above the floor is the middle of the picture, so that raised hands stay inside.
    row = SIZE / 2 - focal * (height - 1080) / distance
    jitter = smooth_noise(rng, (frames, 2)) * rng.uniform(0, 1.5)
    return Camera(float(yaw), float(distance), float(height), float(focal), (SIZE / 2, float(row)), jitter)


def draw_occluder(rng: np.random.Generator, frames: int) -> Occluder | None:
    """Draw the box of an occluded clip: some frames long, in front of the legs or the side of the trunk."""
    if rng.random() >= OCCLUDED:
        return None
    width, height = float(rng.uniform(24, 50)), float(rng.uniform(70, 150))
    duration = int(rng.integers(20, 37))  # of which about a third in front of the subject
    start = int(rng.integers(0, frames - duration))
    path = np.linspace(-width / 2, SIZE + width / 2, duration)
    centre = np.full((frames, 2), np.nan)
    centre[start : start + duration, 0] = path if rng.random() < 0.5 else path[::-1]
    centre[start : start + duration, 1] = SIZE - 14 - height / 2
    return Occluder(OBJECTS[int(rng.integers(len(OBJECTS)))], (width, height), centre)


def smooth_noise(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw slow noise of about unit size along the first axis, as a sum of slow waves.

    Args:
        rng: the clip's generator.
        shape: (T, ...).

    Returns:
        (T, ...) without unit.
    """
    time = np.arange(shape[0]).reshape(-1, *[1] * (len(shape) - 1)) / FPS
    total = np.zeros(shape)
    for hertz in (0.23, 0.41, 0.9):
        rate = hertz * rng.uniform(0.8, 1.2, shape[1:])
        total += np.sin(2 * np.pi * (rate * time + rng.random(shape[1:]))) * rng.uniform(0.4, 1, shape[1:])
    return np.asarray(total / 1.5)
