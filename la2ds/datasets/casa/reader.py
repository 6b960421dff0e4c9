"""Reader of CASA's records of Penn Action (Kwon et al., ECCV 2022): SMPL poses in space, with human phase labels.

``<action>_{train,val}.npy``, in the root or in ``npyrecords`` below it, are pickled dicts: sequence ("0174") -> pose
(T, 72), axis times angle of SMPL's 24 joints; beta (T, 10), the person's shape; labels (T,). They were fitted to the
videos one frame at a time, by a network that sees the person alone. What is done with them:

* Joints are placed by ``smpl`` beside this file, whose limbs are an average's: beta is ignored, and no model file is
  needed.
* The records do not say where a person stands. All are put straight ahead of the camera, at its distance.
* CASA's loader cuts at 250 frames when it draws clips; here every frame is kept.
* Records of other data sets (IKEA ASM, H2O) hold no SMPL poses and are refused.

Options of the dataset file: ``fps``, the frame rate of every video; the records do not state one.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from la2ds.config import DatasetConfig
from la2ds.datasets.casa.smpl import pose_joints
from la2ds.datasets.projection import Camera
from la2ds.datasets.reader import as_array, check_length, check_phases, check_root, is_rate, make_shard
from la2ds.datasets.unpickle import load_npy
from la2ds.errors import InputError
from la2ds.formats.keypoints import Keypoints, KeypointShard
from la2ds.formats.labels import BACKGROUND, Labels
from la2ds.formats.quarantine import ClipErrors
from la2ds.formats.skeletons import SMPL24
from la2ds.formats.videos import SPLITS

log = logging.getLogger(__name__)

CAMERA = Camera()
_NUMBERS = 3 * len(SMPL24.joints)


@dataclass(frozen=True)
class _Record:
    """A sequence: (T, 72) float64 axis times angle, and (T,) int16 phases."""

    pose: np.ndarray
    phases: np.ndarray


def index(root: Path, dataset: DatasetConfig) -> tuple[pd.DataFrame, Labels]:
    """List the sequences of the wanted actions; see ``Reader.index``."""
    check_root(root)
    fps = _fps(root, dataset.options)
    rows: list[dict[str, object]] = []
    phases: dict[str, np.ndarray] = {}
    errors = ClipErrors()
    for action in dataset.actions:
        for split, file in _files(root, action).items():
            for name, record in _read(file, errors):
                if name in phases:
                    raise InputError(file, expected="each sequence once", found=f"{name} twice")
                phases[name] = record.phases
                frames = len(record.phases)
                rows.append(_row(name, action, split, file.relative_to(root), frames=frames, fps=fps))
    errors.need(rows)
    errors.settle()
    if not rows:
        raise InputError(root, expected=f"sequences of {', '.join(dataset.actions)}", found="none")
    return pd.DataFrame(rows), Labels(phases, "human", errors.refusals(root, "index"))


def _row(name: str, action: str, split: str, file: Path, *, frames: int, fps: float) -> dict[str, object]:
    width, height = CAMERA.size
    return {
        "video_id": name,
        "action": action,
        "split": split,
        "source": file.as_posix(),
        "frames": frames,
        "fps": fps,
        "width": width,
        "height": height,
    }


def annotations(root: Path, dataset: DatasetConfig, videos: pd.DataFrame, *, dims: int) -> KeypointShard:
    """Give the joints of SMPL24 in pixels or in the camera frame; see ``Reader.annotations``."""
    check_root(root)
    errors, wanted = ClipErrors(), set(videos.video_id)
    clips: dict[str, Keypoints] = {}
    for source in sorted(set(videos.source)):
        for name, record in _read(root / source, errors):
            if name in wanted:
                clips[name] = _keypoints(record.pose, dims=dims)
    estimator = "casa smpl, projected" if dims == 2 else "casa smpl"
    return make_shard(root, videos, clips, errors, skeleton=SMPL24.name, estimator=estimator, dims=dims)


def _keypoints(pose: np.ndarray, *, dims: int) -> Keypoints:
    # The records' frame is the camera's: the pelvis turns the rest pose upside down, so that y points down.
    points = pose_joints(pose.reshape(len(pose), -1, 3)) + np.array([0, 0, CAMERA.distance])
    position = (CAMERA.project(points) if dims == 2 else points).astype(np.float32)
    return Keypoints(position, np.asarray(~np.isnan(position).any(axis=-1), np.float32))


def _files(root: Path, action: str) -> dict[str, Path]:
    """Find the action's files by split; one of the two may be missing, with a warning."""
    names = {split: f"{action}_{split}.npy" for split in SPLITS}
    places = {split: (root / name, root / "npyrecords" / name) for split, name in names.items()}
    found = {
        split: next(filter(Path.is_file, files)) for split, files in places.items() if any(map(Path.is_file, files))
    }
    if not found:
        raise InputError(root, expected=f"{' and '.join(names.values())}, here or in npyrecords", found="neither")
    for split in set(SPLITS) - set(found):
        log.warning("%s: no %s", root, names[split])
    return found


def _read(file: Path, errors: ClipErrors) -> Iterator[tuple[str, _Record]]:
    content = load_npy(file)
    records = content.item() if content.shape == () else None
    if not isinstance(records, dict):
        raise InputError(file, expected="a dict of sequences", found=f"{content.dtype} of shape {content.shape}")
    for name, record in sorted({str(name): record for name, record in records.items()}.items()):
        with errors.of(name):
            if not isinstance(record, dict) or not {"pose", "labels"} <= set(record):
                raise InputError(file, expected=f"pose and labels of {name}", found="others")
            pose, phases = _pose(file, name, record["pose"]), _phases(file, name, record["labels"])
            check_length(file, name, frames=len(pose), labels=phases)
            yield name, _Record(pose, phases)


def _pose(file: Path, name: str, values: Any) -> np.ndarray:
    expected = f"SMPL poses of shape (frames, {_NUMBERS}) for {name}"
    pose = as_array(file, values, expected=expected)
    if pose.ndim != 2 or pose.shape[1] != _NUMBERS or pose.dtype.kind not in "iuf" or not len(pose):
        raise InputError(file, expected=expected, found=f"{pose.dtype} of shape {pose.shape}")
    if not np.isfinite(pose).all():
        raise InputError(file, expected=f"finite poses of {name}", found="others")
    return pose.astype(np.float64)


def _phases(file: Path, name: str, values: Any) -> np.ndarray:
    return check_phases(file, values, expected=f"whole numbers from {BACKGROUND} up as labels of {name}")


def _fps(root: Path, options: Mapping[str, Any]) -> float:
    """Give the frame rate, NaN where unknown."""
    for key in options:
        if key != "fps":
            raise InputError(root, expected="no option but fps", found=repr(key))
    fps = options.get("fps", float("nan"))
    if "fps" in options and not is_rate(fps):
        raise InputError(root, expected="option fps to be a number above 0", found=repr(fps))
    return float(fps)
