"""Pens of the demo's pictures: discs and lines at fractions of a pixel, and shades of colours.

Colours are (red, green, blue); positions are pixels, x to the right and y down.
"""

import cv2
import numpy as np

from la2ds.datasets.demo.subject import Colour

SHIFT = 4  # fractional bits of OpenCV's pixel positions


def darker(colour: Colour, factor: float) -> Colour:
    """Multiply a colour; factors above 1 make it lighter."""
    red, green, blue = (int(min(255, c * factor)) for c in colour)
    return red, green, blue


def fixed(position: np.ndarray | tuple[float, float]) -> tuple[int, int]:
    """Give a position in pixels as OpenCV's fixed-point numbers."""
    return round(float(position[0]) * (1 << SHIFT)), round(float(position[1]) * (1 << SHIFT))


def disc(picture: np.ndarray, centre: np.ndarray | tuple[float, float], radius: float, *, colour: Colour) -> None:
    """Paint a disc on a (H, W, 3) uint8 picture."""
    cv2.circle(picture, fixed(centre), round(radius * (1 << SHIFT)), colour, -1, cv2.LINE_AA, SHIFT)


def line(
    picture: np.ndarray,
    start: np.ndarray | tuple[float, float],
    end: np.ndarray | tuple[float, float],
    *,
    colour: Colour,
    width: int,
) -> None:
    """Paint a line, ``width`` pixels wide, on a (H, W, 3) uint8 picture."""
    cv2.line(picture, fixed(start), fixed(end), colour, width, cv2.LINE_AA, SHIFT)
