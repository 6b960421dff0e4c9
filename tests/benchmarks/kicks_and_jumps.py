"""Two small labelled data sets of files that other people published: soccer kicks and ski jumps.

    python tests/benchmarks/kicks_and_jumps.py kicks OPENPOSE_FILES CONTACT_FRAMES.npy data/soccer_kicks
    python tests/benchmarks/kicks_and_jumps.py jumps ANNOTATIONS PHASES.csv data/ski_jumps

Both become folders of videos with poses beside them and ``labels.csv``, which ``config/datasets/soccer_kicks.yaml`` and
``ski_jumps.yaml`` read. The films are not at hand: black ones, as long and as large, stand for them.

* *Kicks*: OpenPose's files of ``Kick_1``, ``Kick_2``, ... in one folder, which is linked to; the foot touches the ball
  in the frame that stands at place k - 1 of the array for kick k. Odd kicks are for training, even ones for validation.
* *Jumps*: one file of COCO's layout for each jump (``*annotations_jump5.json``), with some frames marked by people, in
  any order; a film begins with the first marked frame and ends with the last. Events are the frames of take-off and
  landing; jumps of which one is not known have no labels.
"""

import argparse
import csv
import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from la2ds.errors import InputError
from la2ds.formats.files.storage import write_text
from la2ds.formats.files.text import read_json
from la2ds.pose.sources import films_in
from la2ds.report.figures.film import write_film

KICK, JUMP = "soccer_kick", "ski_jump"
FPS = 25  # the sources do not say
KICK_SIZE = (1920, 1080)  # nor this; the joints fit


def main() -> None:
    """Write one of the two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", choices=("kicks", "jumps"))
    parser.add_argument("poses", type=Path, help="folder of the pose files")
    parser.add_argument("events", type=Path, help="file of the event frames")
    parser.add_argument("root", type=Path, help="folder to write")
    args = parser.parse_args()
    write = write_kicks if args.which == "kicks" else write_jumps
    write(args.poses, args.events, args.root)


def write_kicks(poses: Path, events: Path, root: Path) -> None:
    """Make the data set of kicks."""
    contacts = np.load(events, allow_pickle=False)
    kicks = {int(name.removeprefix("Kick_")): files for name, files in films_in(poses).items() if name[:5] == "Kick_"}
    if not kicks or max(kicks) > len(contacts):
        found = f"{len(contacts)} and {len(kicks)} kicks in {poses}"
        raise InputError(events, expected="a contact frame for each kick", found=found)
    link = root / "poses/openpose" / KICK
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(poses.resolve())
    for kick, files in kicks.items():
        black_film(root / KICK / f"Kick_{kick}.mp4", len(files), KICK_SIZE)
    rows = [(f"{KICK}/Kick_{kick}", "contact", int(contacts[kick - 1])) for kick in sorted(kicks)]
    write_table(root / "labels.csv", ("video", "event", "frame"), rows)
    splits = [(f"{KICK}/Kick_{kick}", "train" if kick % 2 else "val") for kick in sorted(kicks)]
    write_table(root / "splits.csv", ("video", "split"), splits)


def write_jumps(poses: Path, events: Path, root: Path) -> None:
    """Make the data set of jumps."""
    with events.open(encoding="utf-8", newline="") as file:
        phases = {row["jump_id"]: (row["take_off_frame"], row["landing"]) for row in csv.DictReader(file)}
    rows: list[tuple[str, str, int]] = []
    for file in sorted(poses.glob("*annotations_jump*.json")):
        jump = re.search(r"jump\d+", file.name)[0]
        content = read_json(file)
        numbers = [int(re.match(r"\d+", image["file_name"])[0]) for image in content["images"]]
        first, frames = min(numbers), max(numbers) - min(numbers) + 1
        for image, number in zip(content["images"], numbers, strict=True):
            image["file_name"] = f"{number - first:06d}.jpg"
        write_text(root / f"poses/coco_json/{JUMP}/{jump}.json", json.dumps(content))
        (size,) = Counter((image["width"], image["height"]) for image in content["images"])
        black_film(root / JUMP / f"{jump}.mp4", frames, size)
        known = dict(zip(("take-off", "landing"), phases.get(jump, ("", "")), strict=True))
        if all(known.values()):
            rows += [(f"{JUMP}/{jump}", event, int(frame) - first) for event, frame in known.items()]
    if not rows:
        raise InputError(poses, expected="files *annotations_jump5.json of jumps in the table of phases", found="none")
    write_table(root / "labels.csv", ("video", "event", "frame"), rows)


def black_film(path: Path, frames: int, size: tuple[int, int]) -> None:
    """Write a film that shows nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    write_film(path, (picture for _ in range(frames)), fps=FPS)


def write_table(path: Path, head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    """Write a CSV file."""
    write_text(path, "".join(f"{','.join(map(str, row))}\n" for row in (head, *rows)))


if __name__ == "__main__":
    main()
