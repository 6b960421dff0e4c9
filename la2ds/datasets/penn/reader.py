"""Reader of Penn Action (Zhang, Zhu, Derpanis, ICCV 2013) in its native layout.

``labels/NNNN.mat`` describes a sequence; its pictures, where somebody has them, lie in ``frames/NNNN/*.jpg``. Phase
labels come from other people in the formats of ``penn_phases``, or, with ``labels: kinematic``, from the key events
that ``events`` finds in the joints. Options of the dataset file:

* ``fps``: frame rate of every video. The files do not state one (TCC treats the data as 20 fps), so it is unknown else.
* ``leave_out``: sequences to ignore, such as "0412".

What is odd in the files, and what is done about it:

* Actions are spelled bowl, pullup, pushup, squat; the tables say bowling, pullups, pushups, squats.
* Sequence 0412 (bench_press, train): the published human labels stop after 23 of 39 frames. It is left out, with a
  warning, when its labels have just that length; any other difference in length is an error of its sequence.
* Some sequences have no human labels (9 of the five actions we hold labels of): left out, counted and named.
* The label file's split counts where it differs from ``train`` in the .mat, with a warning: it is the split that
  published numbers refer to. In the files we hold the two never differ.
* Numbers of videos and phases that differ from those of published results are a warning: see ``penn_counts``.
* Boxes that are degenerate or one row short (0623, 1154, ...): boxes are not read.
* Joints: see ``penn_joints``.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from la2ds.config import DatasetConfig
from la2ds.datasets.events.find import KEY_EVENTS, find_events, phases_between
from la2ds.datasets.penn.counts import differences
from la2ds.datasets.penn.joints import to_body13
from la2ds.datasets.penn.mat_file import load_fields
from la2ds.datasets.penn.phases import KINEMATIC, PhaseLabels, find_phases, our_name
from la2ds.datasets.reader import check_length, check_root, is_rate, make_shard
from la2ds.errors import InputError
from la2ds.formats.keypoints import Keypoints, KeypointShard
from la2ds.formats.labels import Labels
from la2ds.formats.quarantine import ClipErrors
from la2ds.formats.skeletons import BODY13
from la2ds.formats.videos import LARGEST_SIDE, MOST_FRAMES

log = logging.getLogger(__name__)

ACTIONS = (
    "baseball_pitch",
    "baseball_swing",
    "bench_press",
    "bowling",
    "clean_and_jerk",
    "golf_swing",
    "jump_rope",
    "jumping_jacks",
    "pullups",
    "pushups",
    "situp",
    "squats",
    "strum_guitar",
    "tennis_forehand",
    "tennis_serve",
)
JOINTS = 13
# sequence -> length of the published labels that are known to stop before the video does
KNOWN_SHORT = {"0412": 23}


@dataclass(frozen=True)
class _Sequence:
    """What a .mat says about its sequence: our name of the action, train or val, pixels, frames."""

    action: str
    split: str
    width: int
    height: int
    frames: int


def index(root: Path, dataset: DatasetConfig) -> tuple[pd.DataFrame, Labels]:
    """List the labelled sequences of the wanted actions; see ``Reader.index``."""
    check_root(root)
    actions = _wanted(root, dataset.actions)
    fps, leave_out = _options(root, dataset.options)
    errors = ClipErrors()
    sequences = _read_sequences(root, actions, errors, leave_out=leave_out)
    if dataset.labels == KINEMATIC:
        kind, phases, source = KINEMATIC, _phases_of_motion(root, sequences, errors), "kinematic"
    else:
        (kind, phases), source = find_phases(root, dataset.labels, actions, errors), "human"
    log.info("phase labels: %s, %d sequences of the wanted actions", kind, len(phases))
    labelled = _match(root, sequences, {k: v for k, v in phases.items() if k not in leave_out}, errors)
    errors.need(labelled)
    errors.settle()
    if not labelled:
        raise InputError(root, expected=f"labelled sequences of {', '.join(actions)}", found="none")
    without = [action for action in actions if action not in {sequences[name].action for name in labelled}]
    if without:
        log.warning("no labels of %s in format %s", ", ".join(without), kind)
    rows = [_row(root, name, sequences[name], split=phases[name].split, fps=fps) for name in labelled]
    found = {name: phases[name].phases for name in labelled}
    last = {a: max((int(found[n].max()) for n in labelled if sequences[n].action == a), default=0) for a in actions}
    # Labels of other events than TCC's, as their number says, are told by number.
    events = {action: names for action, names in KEY_EVENTS.items() if last.get(action) == len(names)}
    videos, labels = pd.DataFrame(rows), Labels(found, source, errors.refusals(root, "index"), events)
    for message in differences(videos, labels, actions, dataset.phases):
        log.warning("%s", message)
    return videos, labels


def _phases_of_motion(root: Path, sequences: Mapping[str, _Sequence], errors: ClipErrors) -> dict[str, PhaseLabels]:
    """Label the sequences whose key events are all found in their order; count and name the others."""
    phases = {}
    without: dict[str, list[str]] = {}
    for name, sequence in sequences.items():
        if sequence.action not in KEY_EVENTS:
            continue
        with errors.of(name):
            pose, _ = _pose(root, name, sequence.frames)
            found = phases_between(find_events(pose.position, sequence.action), sequence.frames)
            if found is None:
                without.setdefault(sequence.action, []).append(name)
                errors.lacks(name, _mat(root, name), expected="all key events in their order", found="not all")
            else:
                phases[name] = PhaseLabels(_mat(root, name), sequence.action, sequence.split, found)
    for action, names in sorted(without.items()):
        log.warning("%s: key events not all found in order in %d sequences: %s", action, len(names), ", ".join(names))
    return phases


def _row(root: Path, name: str, sequence: _Sequence, *, split: str, fps: float) -> dict[str, object]:
    return {
        "video_id": name,
        "action": sequence.action,
        "split": split,
        "source": _source(root, name),
        "frames": sequence.frames,
        "fps": fps,
        "width": sequence.width,
        "height": sequence.height,
    }


def annotations(root: Path, dataset: DatasetConfig, videos: pd.DataFrame, *, dims: int) -> KeypointShard:
    """Read Penn's own 2D joints as BODY13, in pixels as published; see ``Reader.annotations``."""
    if dims != 2:
        raise InputError(root, expected=f"poses in {dims}D", found="Penn Action, whose joints are in 2D alone")
    clips, counts, errors = {}, pd.Series(dtype=int), ClipErrors()
    for name, frames in zip(videos.video_id, videos.frames, strict=True):
        with errors.of(name):
            clips[name], noted = _pose(root, name, frames)
        if name not in clips:
            continue
        counts = counts.add(pd.Series(noted), fill_value=0)
        if not (clips[name].confidence == 1).any():
            log.warning("%s: no joint is visible in any frame; it is kept with its guessed positions", _mat(root, name))
    log.info("joints of %d sequences: %s", len(clips), ", ".join(f"{int(n)} {what}" for what, n in counts.items()))
    estimator = "penn_action annotations"
    return make_shard(root, videos, clips, errors, skeleton=BODY13.name, estimator=estimator, dims=dims)


def _pose(root: Path, name: str, frames: int) -> tuple[Keypoints, dict[str, int]]:
    """Read the joints of one sequence and what was noted of them; see ``to_body13``."""
    file = _mat(root, name)
    mat = load_fields(file, ("x", "y", "visibility", "dimensions", "nframes"))
    height, width, found = _dimensions(file, mat)
    if found != frames:
        raise InputError(file, expected=f"{frames} frames as in the videos table", found=str(found))
    for field in ("x", "y", "visibility"):
        if mat[field].shape != (frames, JOINTS) or mat[field].dtype.kind not in "uif":
            shape = f"{mat[field].dtype} of shape {mat[field].shape}"
            raise InputError(file, expected=f"numbers of shape ({frames}, {JOINTS}) in {field}", found=shape)
    return to_body13(mat["x"], mat["y"], mat["visibility"], size=(width, height))


def _wanted(root: Path, actions: Iterable[str]) -> tuple[str, ...]:
    """Bring action names into our spelling, each once."""
    wanted = tuple(dict.fromkeys(our_name(action) for action in actions))
    for action in wanted:
        if action not in ACTIONS:
            raise InputError(root, expected=f"actions among {', '.join(ACTIONS)}", found=repr(action))
    return wanted


def _options(root: Path, options: Mapping[str, Any]) -> tuple[float, frozenset[str]]:
    """Give the frame rate (NaN where unknown) and the sequences to leave out."""
    unknown = [key for key in options if key not in ("fps", "leave_out")]
    if unknown:
        raise InputError(root, expected="dataset options fps, leave_out", found=f"option {unknown[0]!r}")
    fps, leave_out = options.get("fps", np.nan), options.get("leave_out", [])
    if "fps" in options and not is_rate(fps):
        raise InputError(root, expected="dataset option fps to be a positive number", found=repr(fps))
    # An unquoted 0412 is a number to YAML (an octal one), and would silently name another sequence.
    if not isinstance(leave_out, list | tuple) or not all(isinstance(name, str) for name in leave_out):
        raise InputError(root, expected="dataset option leave_out to be a list of quoted names", found=repr(leave_out))
    return float(fps), frozenset(leave_out)


def _mat(root: Path, name: str) -> Path:
    return root / "labels" / f"{name}.mat"


def _read_sequences(
    root: Path, actions: tuple[str, ...], errors: ClipErrors, *, leave_out: frozenset[str]
) -> dict[str, _Sequence]:
    """Read the heads of all .mat files, as only the files say which action they show."""
    files = sorted((root / "labels").glob("[0-9][0-9][0-9][0-9].mat"))
    if not files:
        raise InputError(root / "labels", expected="Penn Action's NNNN.mat files", found="none")
    sequences = {}
    for file in files:
        if file.stem in leave_out:
            continue
        with errors.of(file.stem):
            mat = load_fields(file, ("action", "train", "dimensions", "nframes"))
            action = our_name(str(mat["action"].ravel()[0]) if mat["action"].size else "")
            if action not in ACTIONS:
                raise InputError(file, expected="one of Penn Action's actions", found=repr(action))
            if action in actions:
                height, width, frames = _dimensions(file, mat)
                sequences[file.stem] = _Sequence(action, _split(file, mat["train"]), width, height, frames)
    return sequences


def _dimensions(file: Path, mat: Mapping[str, np.ndarray]) -> tuple[int, int, int]:
    """Give height, width and frames, each at least 1."""
    dimensions, nframes = mat["dimensions"].ravel(), mat["nframes"].ravel()
    expected = "dimensions height, width, nframes, whole, positive and possible, and the same nframes"
    numbers = all(values.dtype.kind in "uif" for values in (dimensions, nframes))
    sizes = numbers and dimensions.size == 3 and nframes.size == 1 and dimensions[2] == nframes[0]
    most = (LARGEST_SIDE, LARGEST_SIDE, MOST_FRAMES)
    if not sizes or not all(1 <= value <= top and value % 1 == 0 for value, top in zip(dimensions, most, strict=True)):
        found = f"dimensions {dimensions.tolist()} and nframes {nframes.tolist()}"
        raise InputError(file, expected=expected, found=found)
    height, width, frames = (int(value) for value in dimensions)
    return height, width, frames


def _split(file: Path, train: np.ndarray) -> str:
    values = train.ravel().tolist()
    if values not in ([1], [-1]):
        raise InputError(file, expected="train 1 or -1", found=f"train {values}")
    return "train" if values == [1] else "val"


def _match(
    root: Path, sequences: Mapping[str, _Sequence], phases: Mapping[str, PhaseLabels], errors: ClipErrors
) -> list[str]:
    """List the sequences that have labels, sorted; those that contradict their labels go to ``errors``."""
    labelled, moved = [], []
    for name, labels in sorted(phases.items()):
        with errors.of(name):
            if name not in sequences:
                raise InputError(labels.file, expected=f"{_mat(root, name)} of the same action", found="none")
            sequence = sequences[name]
            if labels.action != sequence.action:
                raise InputError(labels.file, expected=f"{sequence.action} for {name}", found=labels.action)
            if len(labels.phases) == KNOWN_SHORT.get(name) and len(labels.phases) < sequence.frames:
                log.warning("%s: labels of %s stop before the video, as published; it is left out", labels.file, name)
                expected, found = f"{sequence.frames} labels of video {name}", f"{len(labels.phases)}, as published"
                errors.lacks(name, labels.file, expected=expected, found=found)
                continue
            check_length(labels.file, f"video {name}", frames=sequence.frames, labels=labels.phases)
            labelled.append(name)
            if labels.split != sequence.split:
                moved.append(name)
    if moved:
        log.warning("%d sequences are in another split than their .mat says; the labels' counts: %s", *_some(moved))
    bare = sorted(set(sequences) - set(phases))
    if bare:
        log.info("%d sequences of the wanted actions have no labels and are left out: %s", *_some(bare))
    for name in bare:
        errors.lacks(name, _mat(root, name), expected="labels of the sequence")
    return labelled


def _some(names: list[str]) -> tuple[int, str]:
    return len(names), ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")


def _source(root: Path, name: str) -> str:
    """Give the sequence's pictures, or its .mat where nobody has any; whether they are all there shows in decoding."""
    return f"frames/{name}" if (root / "frames").is_dir() else f"labels/{name}.mat"
