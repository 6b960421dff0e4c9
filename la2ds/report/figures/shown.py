"""What pictures of single clips are made of: a table's methods side by side, and the clips they all embedded."""

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from la2ds.config import load_method
from la2ds.errors import InputError
from la2ds.formats.embeddings import Embeddings, read_embeddings
from la2ds.formats.labels import Labels


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments such pictures have in common."""
    parser.add_argument("--videos", type=Path, required=True, help="videos.csv")
    parser.add_argument("--labels", type=Path, required=True, help="labels.parquet")
    parser.add_argument("--methods-dir", type=Path, required=True, help="folder of the method files")
    parser.add_argument("--embeddings", type=Path, nargs="+", required=True, help="one file per method and action")


def read_all(paths: Iterable[Path]) -> dict[str, dict[str, Embeddings]]:
    """Read embeddings: action -> method -> its clips, by what their metadata says; methods in the order of the paths.

    Raises:
        InputError: if a file does not say its method and action.
    """
    found: dict[str, dict[str, Embeddings]] = {}
    for path in paths:
        embeddings = read_embeddings(path)
        if not {"method", "action"} <= set(embeddings.metadata):
            raise InputError(path, expected="method and action in the metadata", found="none")
        found.setdefault(embeddings.metadata["action"], {})[embeddings.metadata["method"]] = embeddings
    return dict(sorted(found.items()))


def labels_of(methods: Iterable[str], folder: Path) -> dict[str, str]:
    """Give methods' names in print."""
    return {method: load_method(folder / f"{method}.yaml").label for method in methods}


def methods_of(embeddings: Mapping[str, Mapping[str, Embeddings]]) -> list[str]:
    """List the methods of all actions, in order."""
    return list(dict.fromkeys(method for of_action in embeddings.values() for method in of_action))


def embedded_clips(
    action: str, methods: Mapping[str, Embeddings], videos: pd.DataFrame, labels: Labels
) -> pd.DataFrame:
    """Give the rows of an action's clips that have labels and that every method embedded: val clips first, by name."""
    # "val" sorts behind "train".
    ordered = videos[videos.action == action].sort_values(["split", "video_id"], ascending=[False, True])
    is_embedded = [v in labels.phases and all(v in e.clips for e in methods.values()) for v in ordered.video_id]
    return ordered[is_embedded]
