"""From the 39 markers of Vicon's Plug-in Gait (full body) to the joints of BODY13.

Each joint is the mean of the markers upon it, but for the hips, which lie deep and are regressed on the pelvis. So
shoulders, elbows, knees and ankles lie on the skin: above the acromion, and on the outside of the others.
"""

import numpy as np

from la2ds.formats.skeletons import BODY13

_ARM = ("SHO", "UPA", "ELB", "FRM", "WRA", "WRB", "FIN")
_LEG = ("THI", "KNE", "TIB", "ANK", "HEE", "TOE")
MARKERS = (
    *("LFHD", "RFHD", "LBHD", "RBHD", "C7", "T10", "CLAV", "STRN", "RBAK"),
    *(f"{side}{name}" for side in "LR" for name in _ARM),
    *("LASI", "RASI", "LPSI", "RPSI"),
    *(f"{side}{name}" for side in "LR" for name in _LEG),
)
# joint -> the markers whose mean it is; hips come from the pelvis
_MEANS = {"head": ("LFHD", "RFHD", "LBHD", "RBHD")} | {
    f"{side}_{joint}": tuple(side[0].upper() + marker for marker in markers)
    for side in ("left", "right")
    for joint, markers in {
        "shoulder": ("SHO",),
        "elbow": ("ELB",),
        "wrist": ("WRA", "WRB"),
        "knee": ("KNE",),
        "ankle": ("ANK",),
    }.items()
}
_PELVIS = ("LASI", "RASI", "LPSI", "RPSI")
USED = tuple(dict.fromkeys((*_PELVIS, *(marker for markers in _MEANS.values() for marker in markers))))


def fill_gaps(markers: np.ndarray) -> np.ndarray:
    """Put markers where they are lost on the line between their last and their next place.

    Args:
        markers: (T, M, 3) in millimetres; (0, 0, 0) is lost.

    Returns:
        the same without gaps; at the ends the nearest place is repeated, and a marker that is never seen stays zero.
    """
    filled, frames = markers.copy(), np.arange(len(markers))
    is_present = (markers != 0).any(axis=-1)
    for m in np.flatnonzero(is_present.any(axis=0) & ~is_present.all(axis=0)):
        present = is_present[:, m]
        for axis in range(3):
            filled[:, m, axis] = np.interp(frames, frames[present], markers[present, m, axis])
    return filled


def to_joints(markers: np.ndarray) -> np.ndarray:
    """Find the joints of BODY13 from (T, 39, 3) markers without gaps, in their frame of reference and unit."""
    at = {name: markers[:, MARKERS.index(name)] for name in USED}
    joints = {joint: np.mean([at[name] for name in names], axis=0) for joint, names in _MEANS.items()}
    joints["left_hip"], joints["right_hip"] = hip_centres(*(at[name] for name in _PELVIS))
    return np.stack([joints[joint] for joint in BODY13.joints], axis=1)


def hip_centres(
    lasi: np.ndarray, rasi: np.ndarray, lpsi: np.ndarray, rpsi: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Regress the hips' centres of rotation on the pelvis (Bell, Pedersen and Brand, J. Biomechanics 1990).

    From the middle of the anterior spines, in shares of the distance between them: 36 % to the side, 19 % back and 30 %
    down, in the plane of the four spines and at right angles to it. The radius of the markers is neglected.

    Args:
        lasi: (T, 3) left anterior superior iliac spine, as for the others.
        rasi: right anterior.
        lpsi: left posterior.
        rpsi: right posterior.

    Returns:
        left and right, each (T, 3), in the spines' frame of reference and unit.
    """
    middle = (lasi + rasi) / 2
    width = np.linalg.norm(lasi - rasi, axis=-1, keepdims=True)
    left = (lasi - rasi) / width
    front = middle - (lpsi + rpsi) / 2
    front = front - (front * left).sum(-1, keepdims=True) * left
    front = front / np.linalg.norm(front, axis=-1, keepdims=True)
    down = np.cross(left, front)
    base = middle - 0.19 * width * front + 0.30 * width * down
    return base + 0.36 * width * left, base - 0.36 * width * left
