"""Whether hands in real films have their own side: held against the wrists of MediaPipe's pose landmarker.

    python tests/benchmarks/filmed_hands.py FILM ... [--weights HAND.task] [--pose-weights POSE.task]

Films show a whole person, and are not mirrored. A hand counts whose wrist is at least twice as near to one of the
body's wrists as to the other; it has its own side if that is the wrist of its name. The body's landmarker is another
network and sees the face, so it is a witness of the side; a truth it is not.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from la2ds.formats.keypoints import Keypoints
from la2ds.formats.skeletons import BODY13
from la2ds.pose.people.hands import Hands
from tests.benchmarks.drawn_hands import HAND, estimate, find, run

WRISTS = [BODY13.index("left_wrist"), BODY13.index("right_wrist")]


def main() -> None:
    """Print a table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", type=Path, nargs="+")
    parser.add_argument("--weights", type=Path, default=Path("models/hand_landmarker.task"))
    parser.add_argument("--pose-weights", type=Path, default=Path("models/pose_landmarker_full.task"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "films" / "film").mkdir(parents=True)
        for film in args.films:
            (folder / "films" / "film" / film.name).symlink_to(film.resolve())
        hands, words = find(folder, args.weights, "film")
        run("weights", output=args.pose_weights)
        bodies = estimate(folder, "film_000", "mediapipe", args.pose_weights)
    rows = {v.partition("/")[2]: row_of(hands[v], words[v], bodies[v]) for v in hands.keys() & bodies.keys()}
    print(pd.DataFrame(rows).T.sort_index().to_markdown())


def row_of(hands: Keypoints, words: list[Hands], body: Keypoints) -> dict[str, int]:
    """Count the hands of a film: those seen by side, and those of their own side, in the end and by single pictures."""
    wrists = body.position[:, WRISTS]  # (T, 2, 2)
    found = hands.position[:, [0, HAND]]
    sides = [side_at(found[:, s], wrists) for s in (0, 1)]
    said = [
        (side_at(np.array([position[0]]), frame[None])[0], int(left < 0.5))
        for frame, said_hands in zip(wrists, words, strict=True)
        for position, left in zip(said_hands.people.position, said_hands.left, strict=True)
    ]
    judged = [(at, name) for at, name in said if at >= 0]
    return {
        "frames": len(hands),
        "left": int(np.isfinite(found[:, 0, 0]).sum()),
        "right": int(np.isfinite(found[:, 1, 0]).sum()),
        "at a wrist": sum(int((side >= 0).sum()) for side in sides),
        "of its side": sum(int((side == s).sum()) for s, side in enumerate(sides)),
        "single, at a wrist": len(judged),
        "single, of its side": sum(at == name for at, name in judged),
    }


def side_at(wrist: np.ndarray, wrists: np.ndarray) -> np.ndarray:
    """Say at which of the body's (T, 2, 2) wrists a hand's (T, 2) wrist is: 0 left, 1 right, -1 neither or missing."""
    away = np.linalg.norm(wrist[:, None] - wrists, axis=-1)  # (T, 2)
    sure = np.nan_to_num(away.min(axis=1), nan=np.inf) < 0.5 * np.nan_to_num(away.max(axis=1))
    return np.where(sure, (away[:, 1] < away[:, 0]).astype(int), -1)


if __name__ == "__main__":
    main()
