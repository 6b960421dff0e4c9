"""A colour for each method, and shades of it for its seeds."""

import colorsys
import hashlib


def colour(method: str, seed: int) -> str:
    """Give a method a colour of its own, and its seeds shades of it: MLflow's defaults collide."""
    hue = int(hashlib.sha256(method.encode()).hexdigest(), 16) % 360
    rgb = colorsys.hls_to_rgb(hue / 360, 0.38 + 0.06 * (seed % 5), 0.65)
    return "#" + "".join(f"{round(255 * c):02x}" for c in rgb)
