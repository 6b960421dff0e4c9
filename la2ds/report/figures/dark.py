"""A finished picture in the colours of a dark page: what was dark ink becomes light, and the ground dark."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.colors import to_hex, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

GROUND = "#14171d"
# Colour on a light page -> on a dark one. Okabe & Ito's six keep their hues and get the lightness that a dark ground
# needs. Whatever is not named here, photographs and colour maps above all, stays as it is. No colour stands on both
# sides, so that changing twice is changing once.
DARK = {
    "#ffffff": GROUND,
    "#000000": "#e6e8ec",
    "#1f2937": "#e6e8ec",
    "#6b7280": "#9aa3b2",
    "#d1d5db": "#3c4452",
    "#e5e7eb": "#2f3642",
    "#eef0f3": "#232932",
    "#0072b2": "#4aa8e8",
    "#d55e00": "#f0813a",
    "#009e73": "#2fc79b",
    "#cc79a7": "#e39cc4",
    "#e69f00": "#f2b530",
    "#56b4e9": "#9ad4f7",
}
COLOURS = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor")


def darken(figure: Figure) -> None:
    """Change the colours of everything in a figure that has been drawn before."""
    for artist in figure.findobj():
        for name in COLOURS:
            _change(artist, name)
        if isinstance(artist, Text) and artist.get_path_effects():
            # Halos keep text apart from what lies under it, in the colour of the ground.
            artist.set_path_effects([withStroke(linewidth=3, foreground=GROUND)])


def _change(artist: Artist, name: str) -> None:
    getter, setter = (getattr(artist, f"{way}_{name}", None) for way in ("get", "set"))
    if getter is None or setter is None:
        return
    found = getter()
    if found is None or (isinstance(found, str) and found in ("none", "auto")):
        return
    before = to_rgba_array(found)
    after = np.array(list(map(dark_of, before))).reshape(-1, 4)
    if len(before) and not np.array_equal(before, after):
        setter(after if isinstance(found, np.ndarray) and found.ndim == 2 else tuple(after[0]))


def dark_of(rgba: Iterable[Any]) -> tuple[float, ...]:
    """Give a colour's dark partner, or itself; its transparency stays."""
    red, green, blue, alpha = rgba
    partner = DARK.get(to_hex((red, green, blue)))
    changed = to_rgba_array(partner)[0, :3] if partner else (red, green, blue)
    return (*map(float, changed), float(alpha))
