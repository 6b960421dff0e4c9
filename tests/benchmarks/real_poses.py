"""Pose files as other programs wrote them, read or refused: ``python -m tests.benchmarks.real_poses FOLDER``.

FOLDER holds the files that ``tests/fixtures/real_poses.py`` lists, with the settings each was read with. Printed, as
Markdown: a row for all files of a folder that were read or refused in the same way; *frames* in which the subject has a
joint, and the share of joints that are missing in these. What is read and not what it should be, is *wrong*.
"""

import argparse
import logging
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from la2ds.errors import InputError
from la2ds.formats.results.provenance import commit_id
from tests.fixtures.real_poses import FILES, Real, found_in


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    logging.disable()
    found = pd.DataFrame([look(file, args.folder) for file in FILES])
    read = found.how.str.startswith("read")
    print(f"{len(found)} files: {read.sum()} read, {(~read).sum()} not; commit {commit_id()}\n")
    print("| folder | reader | files | frames | joints | missing | |\n| --- | --- | ---: | ---: | ---: | ---: | --- |")
    for key, part in found.groupby(["folder", "pose", "joints", "how"], sort=False):
        folder, pose, joints, how = key
        frames, missing = span(part.frames, "{:.0f}"), span(100 * part.missing, "{:.0f} %")
        print(f"| {folder} | `{pose}` | {len(part)} | {frames} | {joints or '-'} | {missing} | {how} |")


def look(file: Real, folder: Path) -> dict[str, object]:
    """Read a file."""
    place = Path(file.file)
    about = {"folder": f"{place.parts[0]}, {place.suffix or 'folder'}", "pose": file.pose, "joints": 0}
    with tempfile.TemporaryDirectory() as name:
        file.lay(folder, Path(name))
        try:
            shard = file.read(Path(name))
        except InputError as error:
            how = f"refused: expected {error.expected}, found {error.found}"
            return about | {"frames": np.nan, "missing": np.nan, "how": how}
    found = found_in(shard)
    somebody = found[found.any(1)]
    right = (len(somebody), found.shape[1]) == (file.somebody, file.joints) and not file.refused
    settings = ", ".join(f"{key}: {value}" for key, value in file.poses.items() if key != "images")
    how = (f"read{settings and f', `{settings}`'}") if right else "**wrong**"
    return about | {"joints": found.shape[1], "frames": len(somebody), "missing": 1 - somebody.mean(), "how": how}


def span(values: pd.Series, form: str) -> str:
    """Write the least and the largest of some numbers."""
    ends = dict.fromkeys(form.format(value) for value in (values.min(), values.max()) if np.isfinite(value))
    return " to ".join(ends) or "-"


if __name__ == "__main__":
    main()
