"""Scores of anybody's embeddings, from Python."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from la2ds.clips.clip import path_of
from la2ds.config import ProtocolConfig, file_of, load
from la2ds.errors import InputError
from la2ds.evaluation.evaluate import action_clips, score
from la2ds.formats.embeddings import Embeddings, check_embeddings, read_embeddings
from la2ds.formats.files.checks import check_frames
from la2ds.formats.labels import Labels, read_labels
from la2ds.formats.videos import frames_of, read_videos

ARRAYS, TABLE = "embeddings", "videos"
BY_VIDEO = "arrays by video_id, or a path"


def evaluate(
    embeddings: Mapping[str, np.ndarray] | str | Path,
    videos: pd.DataFrame | str | Path,
    labels: Mapping[str, np.ndarray] | str | Path,
    *,
    protocol: str = "default",
) -> pd.DataFrame:
    """Score embeddings by a protocol, as ``la2ds evaluate`` does.

    Args:
        embeddings: video_id -> (T, D) finite numbers; or a file: plain Parquet or CSV, ``.npz``, a folder of ``.npy``.
        videos: columns video_id, action, split (train or val) and, for milliseconds, fps; or a ``videos.csv``.
        labels: video_id -> (T,) phases from 0, -1 for background; or a file, ``labels.parquet`` or a plain table.
        protocol: name of a protocol that comes with the package, or a file.

    Returns:
        metric, variant, value (NaN where not defined), n and dropped, a row for each metric, as in a metrics file;
        several actions are averaged.

    Raises:
        InputError: if something does not fit the rest.
    """
    settings = load(ProtocolConfig, file_of("protocols", str(path_of(protocol, "the protocol"))))
    table = (
        videos_table(videos)
        if isinstance(videos, pd.DataFrame)
        else read_videos(path_of(videos, TABLE, expected="a pandas.DataFrame or a path"))
    )
    # A table made by hand need not know how long its videos are.
    frames = frames_of(table) if "frames" in table else None
    if isinstance(embeddings, Mapping):
        arrays = {str(video_id): np.asarray(values) for video_id, values in embeddings.items()}
        check_embeddings(ARRAYS, arrays)
        check_frames(ARRAYS, {video_id: len(values) for video_id, values in arrays.items()}, frames)
        found = Embeddings({video_id: values.astype(np.float32) for video_id, values in arrays.items()})
    else:
        found = read_embeddings(path_of(embeddings, ARRAYS, expected=BY_VIDEO), frames)
    phases = (
        labels_of(labels)
        if isinstance(labels, Mapping)
        else read_labels(path_of(labels, "labels", expected=BY_VIDEO), frames)
    )
    file = ARRAYS if isinstance(embeddings, Mapping) else embeddings
    rows = score(action_clips(found, table, phases, file), settings)
    return pd.DataFrame([row.without_units for row in rows], columns=["metric", "variant", "value", "n", "dropped"])


def videos_table(videos: pd.DataFrame) -> pd.DataFrame:
    """Check a table made by hand.

    Raises:
        InputError: if a column or a value of it is missing, an id is twice, or a split is neither train nor val.
    """
    missing = [name for name in ("video_id", "action", "split") if name not in videos]
    if missing:
        raise InputError(TABLE, expected=f"a column {missing[0]}", found=", ".join(map(str, videos.columns)))
    for name in ("video_id", "action"):
        if videos[name].isna().any():
            raise InputError(
                TABLE, expected=f"a value of {name} in each row", found=f"{int(videos[name].isna().sum())} without"
            )
    videos = videos.assign(video_id=videos.video_id.astype(str), action=videos.action.astype(str))
    twice = videos.video_id[videos.video_id.duplicated()]
    if len(twice):
        raise InputError(TABLE, expected="each video_id once", found=f"{twice.iloc[0]} more than once")
    odd = [split for split in videos.split if split not in ("train", "val")]
    if odd:
        raise InputError(TABLE, expected="split train or val", found=repr(odd[0]))
    table = videos if "fps" in videos else videos.assign(fps=np.nan)
    return table.sort_values("video_id", ignore_index=True)


def labels_of(phases: Mapping[str, np.ndarray]) -> Labels:
    """Take phases at hand, as people's own.

    Raises:
        InputError: if they are no whole numbers from -1 on.
    """
    taken = {}
    most = np.iinfo(np.int16).max
    for video_id, values in phases.items():
        numbers, expected = np.asarray(values), f"whole numbers from -1 to {most:,} for {video_id}, one a frame"
        if numbers.ndim != 1 or numbers.dtype.kind not in "iuf":
            raise InputError("labels", expected=expected, found=f"{numbers.dtype} of shape {numbers.shape}")
        bad = ~((numbers >= -1) & (numbers <= most) & (np.floor(numbers) == numbers))
        if bad.any():
            raise InputError("labels", expected=expected, found=f"{numbers[bad][0]} in frame {int(bad.argmax())}")
        taken[str(video_id)] = numbers.astype(np.int16)
    return Labels(taken, "human")
