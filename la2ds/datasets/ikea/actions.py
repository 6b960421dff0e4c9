"""The furniture of IKEA ASM (Ben-Shabat et al., WACV 2021) and the actions people do with it.

An action of our tables is a piece of furniture that is put together, its phases are the atomic actions that are
annotated in it: the published labels of that furniture sorted by name, counted from 0. ``NA`` is background. A phase's
number does not depend on which scans somebody holds. Phases come in any order and come back, so neither phase
progression nor Kendall's tau is defined.
"""

from dataclasses import dataclass

BACKGROUND_LABEL = "NA"


@dataclass(frozen=True)
class Furniture:
    """What is published about a piece of furniture.

    Attributes:
        folder: its name in paths.
        labels: its atomic actions, phase 0 first, as in ``gt_segments.json`` 1.3.
        scans: how many are for training and for testing (split by environment).
    """

    folder: str
    labels: tuple[str, ...]
    scans: tuple[int, int]


_DRAWER = (
    "align side panel holes with front panel dowels",
    "attach drawer back panel",
    "attach drawer side panel",
    "insert drawer pin",
    "lay down back panel",
    "lay down bottom panel",
    "lay down front panel",
    "lay down side panel",
    "other",
    "pick up back panel",
    "pick up bottom panel",
    "pick up front panel",
    "pick up pin",
    "pick up side panel",
    "position the drawer right side up",
    "slide bottom of drawer",
)
_SIDE_TABLE = (
    "align leg screw with table thread",
    "flip table",
    "flip table top",
    "lay down leg",
    "lay down table top",
    "other",
    "pick up leg",
    "pick up table top",
    "push table",
    "push table top",
    "rotate table",
    "spin leg",
    "tighten leg",
)
_WITH_SHELF = tuple(
    sorted((*_SIDE_TABLE, "attach shelf to table", "flip shelf", "lay down shelf", "pick up shelf")),
)

# CASA (Kwon et al., ECCV 2022) uses kallax_shelf_drawer alone, and says 17 phases: that is with the background.
FURNITURE = {
    "kallax_shelf_drawer": Furniture("Kallax_Shelf_Drawer", _DRAWER, scans=(61, 29)),
    "lack_coffee_table": Furniture("Lack_Coffee_Table", _WITH_SHELF, scans=(66, 29)),
    "lack_side_table": Furniture("Lack_Side_Table", _SIDE_TABLE, scans=(65, 30)),
    "lack_tv_bench": Furniture("Lack_TV_Bench", _WITH_SHELF, scans=(62, 29)),
}
