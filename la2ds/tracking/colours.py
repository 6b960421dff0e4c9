"""A colour for each method, and shades of it for its seeds: MLflow's own colours collide."""

import colorsys
import hashlib
from collections.abc import Iterable, Mapping

CLOCK = "time"
# Hues in degrees, first those that differ most.
HUES = (210, 25, 150, 320, 45, 195, 270, 0, 95, 240, 345, 175, 65, 290)


def assign(methods: Iterable[str], assigned: Mapping[str, int]) -> dict[str, int]:
    """Give each method a hue that no other has, in degrees; with more methods than hues, one of its name.

    Args:
        methods: those that need one.
        assigned: method -> hue of those that have one already; they keep it.

    Returns:
        method -> hue, ``assigned`` included.
    """
    hues = dict(assigned)
    for method in sorted(set(methods) - set(hues)):
        free = [hue for hue in HUES if hue not in hues.values()]
        hues[method] = free[0] if free else int(hashlib.sha256(method.encode()).hexdigest(), 16) % 360
    return hues


def colour(method: str, hue: int, seed: int) -> str:
    """Give the shade of a seed; the clock is grey."""
    light = 0.38 + 0.06 * (seed % 5)
    rgb = colorsys.hls_to_rgb(hue / 360, light, 0.0 if method == CLOCK else 0.7)
    return "#" + "".join(f"{round(255 * c):02x}" for c in rgb)
