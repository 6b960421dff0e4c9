"""One list of the clips that were set aside: by ``index``, by decoding, and for want of a usable pose."""

import argparse
import csv
from collections.abc import Iterable
from pathlib import Path

from la2ds.errors import InputError
from la2ds.formats.files.storage import atomic_path
from la2ds.formats.keypoints import KEYPOINTS_SCHEMA
from la2ds.formats.labels import LABELS_SCHEMA
from la2ds.formats.quarantine import Refusal, read_entry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line of ``quarantine``."""
    kinds = "quarantine lists of shards (CSV), or keypoint shards (Parquet), which carry theirs"
    parser.add_argument("--labels", nargs="?", help="labels.parquet, which says what index left out")
    parser.add_argument("--shards", nargs="+", required=True, help=kinds)
    parser.add_argument("--output", type=Path, required=True, help="list of the whole dataset (CSV)")


def main(args: argparse.Namespace) -> None:
    """Write the list, also when it is empty: no rows is the good news."""
    refused = read_entry(args.labels, schema=LABELS_SCHEMA) if args.labels else []
    for path in sorted(args.shards):
        refused += read_entry(path, schema=KEYPOINTS_SCHEMA) if path.endswith(".parquet") else read_list(path)
    with atomic_path(args.output) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(Refusal._fields)
        rows.writerows(first_reasons(refused))


def first_reasons(refused: Iterable[Refusal]) -> list[Refusal]:
    """Keep the first reason of each clip; what comes later follows from it."""
    rows: dict[str, Refusal] = {}
    for refusal in refused:
        rows.setdefault(refusal.video_id, refusal)
    return list(rows.values())


def read_list(path: str) -> list[Refusal]:
    """Read what decoding wrote of a shard.

    Raises:
        InputError: if it is no such list.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
    except (OSError, ValueError, csv.Error) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or "an empty or a broken file"
        raise InputError(path, expected="a quarantine list", found=reason) from error
    expected = f"columns {', '.join(Refusal._fields)}"
    for row in (header, *rows):
        if len(row) != len(Refusal._fields) or (row is header and tuple(header) != Refusal._fields):
            raise InputError(path, expected=expected, found=f"columns {', '.join(row)}")
    return [Refusal(*row) for row in rows]
