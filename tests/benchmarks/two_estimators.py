"""MediaPipe's poses of a film against those of another program: PCK, the whole way from the film to ``la2ds.read``.

    LA2DS_POSE_WEIGHTS=POSE.task python -m tests.benchmarks.two_estimators FILM POSES PROGRAM

POSES is the file of PROGRAM (``sleap``, ``openpose``, ...), read by this project's reader, and stands for the truth.
Both are brought to the 13 joints of ``body13``; where the other program has no head, its nose is the head.

Printed, as Markdown: for each group of joints the share within 0.1 and 0.2 of the larger side of the person's box
(``la2ds.pose.quality``), the mean distance in pixels, and the share that MediaPipe lacks. The last row has
MediaPipe's left and right exchanged, which has to be worse.
"""

import argparse
from pathlib import Path

import numpy as np

import la2ds
from la2ds.clips.clip import Clip
from la2ds.formats.keypoints import Keypoints
from la2ds.formats.results.provenance import commit_id
from la2ds.formats.skeletons import BODY13, SKELETONS
from la2ds.pose.files.joint_names import joint_order
from la2ds.pose.quality import ALL, clip_sums, make_rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("poses", type=Path)
    parser.add_argument("program")
    args = parser.parse_args()
    other = in_body13(la2ds.read(args.film, poses=args.poses, program=args.program))
    ours = in_body13(la2ds.read(args.film))
    both = np.isfinite(other.position).all(-1)
    print(f"{len(both)} frames, {both.sum()} joints of {args.program}; commit {commit_id()}\n")
    print("| joints | PCK@0.1 | PCK@0.2 | mean distance | missing | n |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    sides = list(BODY13.mirror)
    exchanged = Keypoints(ours.position[:, sides], ours.confidence[:, sides])
    for name, poses in (("", ours), ("all, sides exchanged", exchanged)):
        table = make_rows({"film": clip_sums(poses, other)}, BODY13, has_truth=True).query("action == 'film'")
        for row in table[(table.joint == ALL) | (name == "")].to_dict("records"):
            pck = [f"{100 * row[key]:.1f} %" for key in ("pck_10", "pck_20")]
            rest = [f"{row['mean_error_px']:.1f} px", f"{100 * row['missing']:.1f} %", row["n"]]
            print(f"| {' | '.join(map(str, (name or row['joint'], *pck, *rest)))} |")


def in_body13(clip: Clip) -> Keypoints:
    """Give a clip's 13 joints."""
    order = joint_order(Path(clip.name), SKELETONS[clip.skeleton].joints, BODY13)
    return Keypoints(clip.poses[:, order], clip.confidence[:, order])


if __name__ == "__main__":
    main()
