"""Reader of UI-PRMD (Vakanski et al., Data 2018): real 3D motion, seen by a camera of our own.

There are no pictures: keypoints in pixels are the motion projected by ``projection.Camera``, keypoints in millimetres
are the same in that camera's frame. The files are described in ``uiprmd_files``, the labels in ``uiprmd_events``. No
person is in both splits. Options of the dataset file:

* ``val_subjects``: people (1 to 10) whose clips are for validation; default [8, 9, 10].
* ``yaw``: how far people are turned to their own left, in degrees; default 0, facing the camera.
* ``yaw_spread``: largest angle, in degrees, by which a clip's view differs from ``yaw`` to either side, drawn evenly
  for each clip; default 0, all from one side.
* ``seed``: of that drawing, default 0; a clip's view depends on it and on the clip's name alone.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from la2ds.config import DatasetConfig
from la2ds.datasets.projection import Camera, face_front
from la2ds.datasets.reader import check_options, check_root, make_shard
from la2ds.datasets.uiprmd.events import MOVEMENTS, find_phases
from la2ds.datasets.uiprmd.files import FPS, clip_parts, list_files, read_clips
from la2ds.errors import InputError
from la2ds.formats.keypoints import Keypoints, KeypointShard
from la2ds.formats.labels import Labels
from la2ds.formats.quarantine import ClipErrors
from la2ds.formats.skeletons import BODY13

log = logging.getLogger(__name__)

CAMERA = Camera()


@dataclass(frozen=True)
class _Options:
    """The options with their defaults."""

    val_subjects: tuple[int, ...] = (8, 9, 10)
    yaw: float = 0.0
    yaw_spread: float = 0.0
    seed: int = 0


def index(root: Path, dataset: DatasetConfig) -> tuple[pd.DataFrame, Labels]:
    """List the clips of the wanted movements; see ``Reader.index``."""
    check_root(root)
    options, actions = _options(root, dataset.options), _wanted(root, dataset.actions)
    rows, phases, without = [], {}, []
    errors = ClipErrors()
    for name, file, points in read_clips(list_files(root, actions), actions, errors):
        movement, subject, _ = clip_parts(name)
        found = find_phases(points, MOVEMENTS[actions[movement]])
        if found is None:
            without.append(name)
            errors.lacks(name, file, expected="a movement that turns back")
            continue
        phases[name] = found
        rows.append(_row(name, actions[movement], file.relative_to(root), frames=len(points)))
        rows[-1]["split"] = "val" if subject in options.val_subjects else "train"
    if without:
        log.warning("%d clips do not turn back and are left out: %s", len(without), ", ".join(without))
    errors.need(rows)
    errors.settle()
    if not rows:
        raise InputError(root, expected=f"clips of {', '.join(dataset.actions)}", found="none")
    events = {action: (MOVEMENTS[action].turns,) for action in dataset.actions}
    return pd.DataFrame(rows), Labels(phases, "kinematic", errors.refusals(root, "index"), events)


def _row(name: str, action: str, file: Path, *, frames: int) -> dict[str, object]:
    width, height = CAMERA.size
    return {
        "video_id": name,
        "action": action,
        "source": file.as_posix(),
        "frames": frames,
        "fps": FPS,
        "width": width,
        "height": height,
    }


def annotations(root: Path, dataset: DatasetConfig, videos: pd.DataFrame, *, dims: int) -> KeypointShard:
    """Give the joints in pixels or in the camera frame; see ``Reader.annotations``."""
    check_root(root)
    options = _options(root, dataset.options)
    errors, wanted = ClipErrors(), set(videos.video_id)
    clips: dict[str, Keypoints] = {}
    movements = {clip_parts(name)[0] for name in wanted}
    files = sorted({root / source for source in videos.source})
    for name, _, points in read_clips(files, movements, errors):
        if name not in wanted:
            continue
        in_camera = CAMERA.see(face_front(points, BODY13), yaw=np.deg2rad(view_of(name, options)))
        position = (CAMERA.project(in_camera) if dims == 2 else in_camera).astype(np.float32)
        clips[name] = Keypoints(position, np.asarray(~np.isnan(position).any(axis=-1), np.float32))
    estimator = "uiprmd vicon, projected" if dims == 2 else "uiprmd vicon"
    return make_shard(root, videos, clips, errors, skeleton=BODY13.name, estimator=estimator, dims=dims)


def view_of(name: str, options: _Options) -> float:
    """Draw the angle, in degrees, by which the person of a clip is turned to the own left."""
    rng = np.random.default_rng([options.seed, *name.encode()])
    return options.yaw + float(rng.uniform(-1, 1)) * options.yaw_spread


def _wanted(root: Path, actions: tuple[str, ...]) -> dict[int, str]:
    """Give the wanted actions by their movement's number."""
    for action in actions:
        if action not in MOVEMENTS:
            raise InputError(root, expected=f"actions among {', '.join(MOVEMENTS)}", found=repr(action))
    return {MOVEMENTS[action].number: action for action in actions}


def _options(root: Path, options: Mapping[str, Any]) -> _Options:
    check_options(root, options, _CHECKS)
    values = dict(options)
    if "val_subjects" in values:
        values["val_subjects"] = tuple(values["val_subjects"])
    return _Options(**values)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _is_angle(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -180 <= value <= 180


def _is_spread(value: Any) -> bool:
    return _is_angle(value) and value >= 0


def _are_subjects(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_whole, value))


_CHECKS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "val_subjects": ("a list of numbers of people", _are_subjects),
    "yaw": ("degrees from -180 to 180", _is_angle),
    "yaw_spread": ("degrees from 0 to 180", _is_spread),
    "seed": ("a whole number from 0", _is_whole),
}
