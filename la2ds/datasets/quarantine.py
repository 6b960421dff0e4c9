"""One list of the clips that could not be read, from the lists of all shards."""

import argparse
import csv
import io

from la2ds.errors import InputError
from la2ds.formats.files.storage import write_text
from la2ds.formats.keypoints import KEYPOINTS_SCHEMA
from la2ds.formats.quarantine import Refusal, read_entry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line of ``quarantine``."""
    kinds = "quarantine lists of shards (CSV), or keypoint shards (Parquet), which carry theirs"
    parser.add_argument("--shards", nargs="+", required=True, help=kinds)
    parser.add_argument("--output", required=True, help="list of the whole dataset (CSV)")


def main(args: argparse.Namespace) -> None:
    """Write the lists one below the other under their common header, empty ones too: no rows is the good news."""
    write_text(args.output, gather(args.shards))


def gather(shards: list[str]) -> str:
    """Join CSV files of one header, and what keypoint shards say of clips they lack, in order of their names.

    Raises:
        InputError: if a file has no header, or another one than the first.
    """
    header: list[str] = []
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for path in sorted(shards):
        rows = _read(path)
        if not header:
            header = rows[0]
            writer.writerow(header)
        if rows[0] != header:
            raise InputError(path, expected=f"columns {', '.join(header)}", found=f"columns {', '.join(rows[0])}")
        writer.writerows(rows[1:])
    return text.getvalue()


def _read(path: str) -> list[list[str]]:
    if path.endswith(".parquet"):
        return [list(Refusal._fields), *map(list, read_entry(path, schema=KEYPOINTS_SCHEMA))]
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
    except OSError as error:
        raise InputError(path, expected="a quarantine list", found=error.strerror or str(error)) from error
    if not rows:
        raise InputError(path, expected="a header line", found="an empty file")
    return rows
