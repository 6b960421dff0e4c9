"""Reader of H2O (Kwon et al., ICCV 2021): two hands at work, seen by five cameras; here, those that pour milk.

Files are described in ``h2o_lists`` and ``h2o_files``, sequences and phases in ``h2o_selections``. A video is a whole
sequence, named by its path (subject1_h1_1). ``labels`` of the dataset file: ``lists``; ``frames``, which are the files
``action_label`` of each sequence; or ``auto``, the latter for sequences that the lists do not have. As soon as the
folder of one sequence is there, sequences without one are left out, with a warning; with lists alone all are listed.
Options of the dataset file:

* ``selection``: official (default) or casa; see ``h2o_selections``.
* ``camera``: cam0 to cam4; default cam4, which the person wears: its frame moves with the head.
* ``fps``: frame rate of every video; default: unknown.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from la2ds.config import DatasetConfig
from la2ds.datasets.h2o.files import count_frames, read_actions, read_hands, read_intrinsics
from la2ds.datasets.h2o.lists import Listed, read_lists
from la2ds.datasets.h2o.selections import ACTION, PHASES, PUBLISHED, select
from la2ds.datasets.reader import check_options, check_root, is_rate, make_shard
from la2ds.errors import InputError
from la2ds.formats.keypoints import Keypoints, KeypointShard
from la2ds.formats.labels import BACKGROUND, Labels
from la2ds.formats.quarantine import ClipErrors
from la2ds.formats.skeletons import HANDS42
from la2ds.formats.videos import SPLITS

log = logging.getLogger(__name__)

SIZE = (1280, 720)  # of rgb, where no cam_intrinsics.txt says it
LABELS = ("auto", "lists", "frames")
WORN = "cam4"


@dataclass(frozen=True)
class _Options:
    """The options with their defaults."""

    selection: str = "official"
    camera: str = WORN
    fps: float = nan


def index(root: Path, dataset: DatasetConfig) -> tuple[pd.DataFrame, Labels]:
    """List the sequences of the wanted selection; see ``Reader.index``."""
    check_root(root)
    options = _options(root, dataset.options)
    if dataset.labels not in LABELS:
        raise InputError(root, expected=f"labels {', '.join(LABELS)}", found=repr(dataset.labels))
    if set(dataset.actions) != {ACTION}:
        raise InputError(root, expected=f"action {ACTION}", found=", ".join(dataset.actions) or "none")
    errors = ClipErrors()
    listed = read_lists(root, errors)
    chosen = select(options.selection, listed)
    if not chosen:
        raise InputError(root, expected="milk to be poured in action_train.txt or action_val.txt", found="none")
    rows, phases, without = [], {}, []
    for path in _present(root, chosen, errors):
        with errors.of(path):
            actions = _actions(root, path, listed, dataset.labels)
            if actions is None:
                without.append(path)
                errors.lacks(path, root / path, expected=f"labels ({dataset.labels}) of the sequence")
                continue
            actions = _fit(root, path, actions, options.camera)
            rows.append(_row(root, path, listed, frames=len(actions), options=options) | {"split": chosen[path]})
            phases[path.replace("/", "_")] = to_phases(actions)
    errors.need(rows)
    errors.settle()
    _report(root, options.selection, [str(row["split"]) for row in rows], without)
    if not rows:
        raise InputError(root, expected="labels of sequences that pour milk", found="none")
    refused = errors.refusals(root, "index", name=lambda path: path.replace("/", "_"))
    return pd.DataFrame(rows), Labels(phases, "human", refused)


def _row(root: Path, path: str, listed: Mapping[str, Listed], *, frames: int, options: _Options) -> dict[str, object]:
    camera = root / path / options.camera
    intrinsics = camera / "cam_intrinsics.txt"
    width, height = read_intrinsics(intrinsics).size if intrinsics.is_file() else SIZE
    # Without pictures there is nothing to decode, and the source is the next best thing.
    folders = (folder for folder in (camera / "rgb", camera / "hand_pose", root / path) if folder.is_dir())
    source = next(folders, None) or listed[path].file
    return {
        "video_id": path.replace("/", "_"),
        "action": ACTION,
        "source": source.relative_to(root).as_posix(),
        "frames": frames,
        "fps": options.fps,
        "width": width,
        "height": height,
    }


def to_phases(actions: np.ndarray) -> np.ndarray:
    """Give the phase of each frame.

    Args:
        actions: (T,) H2O's numbers of actions.

    Returns:
        (T,) int16; ``BACKGROUND`` where the action is none of ``PHASES``.
    """
    phases = np.full(len(actions), BACKGROUND, dtype=np.int16)
    for phase, action in enumerate(PHASES):
        phases[actions == action] = phase
    return phases


def annotations(root: Path, dataset: DatasetConfig, videos: pd.DataFrame, *, dims: int) -> KeypointShard:
    """Read the joints of HANDS42 in pixels or in the camera's frame; see ``Reader.annotations``."""
    check_root(root)
    options = _options(root, dataset.options)
    clips, errors = {}, ClipErrors()
    for name, frames in zip(videos.video_id, videos.frames, strict=True):
        camera = root / str(name).replace("_", "/") / options.camera
        with errors.of(name):
            points = read_hands(camera / "hand_pose", int(frames))
            if dims == 2:
                points = read_intrinsics(camera / "cam_intrinsics.txt").project(points)
            missing = np.isnan(points).any(axis=-1)
            if empty := int(missing.all(axis=1).sum()):
                log.info("%s: no hand is annotated in %d of %d frames", name, empty, frames)
            clips[name] = Keypoints(points.astype(np.float32), np.asarray(~missing, np.float32))
    estimator = f"h2o hand_pose {options.camera}" + (", projected" if dims == 2 else "")
    return make_shard(root, videos, clips, errors, skeleton=HANDS42.name, estimator=estimator, dims=dims)


def _present(root: Path, chosen: Mapping[str, str], errors: ClipErrors) -> list[str]:
    """List the sequences, sorted; those without a folder are left out if any has one."""
    paths = sorted(chosen)
    present = [path for path in paths if (root / path).is_dir()]
    if present and len(present) < len(paths):
        text = "%d sequences of %d have no folder in %s and are left out"
        log.warning(text, len(paths) - len(present), len(paths), root)
        for path in sorted(set(paths) - set(present)):
            errors.lacks(path, root / path, expected="a folder of the sequence")
    return present or paths


def _actions(root: Path, path: str, listed: Mapping[str, Listed], labels: str) -> np.ndarray | None:
    """Give H2O's number of each frame's action, 0 for none; None if there are no labels."""
    if path in listed and labels != "frames":
        actions = np.zeros(listed[path].frames, dtype=np.int64)
        for action, first, after in listed[path].segments:
            actions[first:after] = action
        return actions
    found = read_actions(root / path / WORN / "action_label") if labels != "lists" else np.empty(0, np.int64)
    return found if len(found) else None


def _fit(root: Path, path: str, actions: np.ndarray, camera: str) -> np.ndarray:
    """Make labels as long as the sequence on the disk, if it is there; the lists may count a frame more or less."""
    folder = root / path / camera
    pictures = count_frames(folder / "rgb", "png", "jpg", gaps=True)
    frames = pictures or count_frames(folder / "hand_pose", "txt") or len(actions)
    if frames == len(actions):
        return actions
    if actions[frames:].any() and pictures:
        log.warning("%s: %d frames, but later ones are labelled; it will be quarantined", folder, frames)
        return actions
    if actions[frames:].any():
        expected = f"at least {np.flatnonzero(actions)[-1] + 1} frames, as many as are labelled"
        raise InputError(folder, expected=expected, found=str(frames))
    log.warning("%s: %d frames, the labels say %d; what is beyond is background", folder, frames, len(actions))
    return np.pad(actions, (0, max(0, frames - len(actions))))[:frames]


def _report(root: Path, selection: str, splits: list[str], without: list[str]) -> None:
    """Warn where sequences have no labels, and where their numbers are not the published ones."""
    if without:
        names = ", ".join(without)
        log.warning("%d sequences of selection %s have no labels and are left out: %s", len(without), selection, names)
    found, published = tuple(splits.count(split) for split in SPLITS), PUBLISHED[selection]
    if found != published:
        text = "%s: %d training and %d validation sequences of selection %s, published are %d and %d"
        log.warning(text, root, *found, selection, *published)


def _options(root: Path, options: Mapping[str, Any]) -> _Options:
    check_options(root, options, _CHECKS)
    return _Options(**options)


_CHECKS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "selection": (" or ".join(PUBLISHED), lambda value: isinstance(value, str) and value in PUBLISHED),
    "camera": ("cam0 to cam4", lambda value: value in [f"cam{n}" for n in range(5)]),
    "fps": ("a number above 0", is_rate),
}
