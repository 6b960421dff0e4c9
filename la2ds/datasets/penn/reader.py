"""Reader of Penn Action (Zhang, Zhu, Derpanis, ICCV 2013) in its native layout.

``labels/NNNN.mat`` describes a sequence; its pictures, where somebody has them, lie in ``frames/NNNN/*.jpg``. Phase
labels come from other people in the formats of ``penn_phases``, or, with ``labels: kinematic``, from the key events
that ``events`` finds in the joints. Options of the dataset file:

* ``fps``: frame rate of every video. The files do not state one (TCC treats the data as 20 fps), so it is unknown else.
* ``leave_out``: sequences to ignore, such as "0412".
* ``unlabelled``: keep sequences without labels too, as background only. They are trained on, embedded and count for
  Kendall's tau, so figures are then no longer those of the published selection. With ``labels: none`` nothing else is.

What is odd in the files, and what is done about it:

* Actions are spelled bowl, pullup, pushup, squat; the tables say bowling, pullups, pushups, squats.
* Sequence 0412 (bench_press, train): the published human labels stop after 23 of 39 frames. It is left out, with a
  warning, when its labels have just that length; any other difference in length is an error of its sequence.
* Some sequences have no human labels (9 of the five actions we hold labels of): left out, counted and named, but for
  ``unlabelled``.
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

import numpy as np
import pandas as pd

from la2ds.config import DatasetConfig
from la2ds.datasets.events.find import KEY_EVENTS, find_events, phases_between
from la2ds.datasets.penn.counts import differences
from la2ds.datasets.penn.joints import to_body13
from la2ds.datasets.penn.mat_file import load_fields
from la2ds.datasets.penn.phases import KINEMATIC, PhaseLabels, find_phases, our_name
from la2ds.datasets.penn.sequences import ACTIONS, Sequence, dimensions_of, mat_of, read_sequences
from la2ds.datasets.reader import check_length, check_options, check_root, is_rate, make_shard
from la2ds.errors import InputError
from la2ds.formats.keypoints import Keypoints, KeypointShard
from la2ds.formats.labels import BACKGROUND, Labels
from la2ds.formats.quarantine import ClipErrors
from la2ds.formats.skeletons import BODY13

log = logging.getLogger(__name__)

JOINTS = 13
# sequence -> length of the published labels that are known to stop before the video does
KNOWN_SHORT = {"0412": 23}


def index(root: Path, dataset: DatasetConfig) -> tuple[pd.DataFrame, Labels]:
    """List the labelled sequences of the wanted actions; see ``Reader.index``."""
    check_root(root)
    actions = _wanted(root, dataset.actions)
    options = _options(root, dataset)
    errors = ClipErrors()
    sequences = read_sequences(root, actions, errors, leave_out=options.leave_out)
    kind, phases, source = _labels(root, dataset, actions, sequences, errors)
    log.info("phase labels: %s, %d sequences of the wanted actions", kind, len(phases))
    wanted = {name: labels for name, labels in phases.items() if name not in options.leave_out}
    kept = _match(root, sequences, wanted, errors, unlabelled=options.unlabelled)
    errors.need(kept)
    errors.settle()
    if not kept:
        raise InputError(root, expected=f"labelled sequences of {', '.join(actions)}", found="none")
    without = [action for action in actions if action not in {sequences[name].action for name in kept}]
    if without:
        log.warning("no labels of %s in format %s", ", ".join(without), kind)
    videos = pd.DataFrame([_row(root, name, sequences[name], split=kept[name].split, fps=options.fps) for name in kept])
    found = {name: labels.phases for name, labels in kept.items()}
    last = {a: max((int(found[n].max()) for n in kept if sequences[n].action == a), default=0) for a in actions}
    # Labels of other events than TCC's, as their number says, are told by number.
    events = {action: names for action, names in KEY_EVENTS.items() if last.get(action) == len(names)}
    labels = Labels(found, source, errors.refusals(root, "index"), events)
    for message in [] if options.unlabelled else differences(videos, labels, actions, dataset.phases):
        log.warning("%s", message)
    return videos, labels


def _labels(
    root: Path,
    dataset: DatasetConfig,
    actions: Iterable[str],
    sequences: Mapping[str, Sequence],
    errors: ClipErrors,
) -> tuple[str, Mapping[str, PhaseLabels], str]:
    """Find the labels: their format, what each sequence has, and who made them."""
    if dataset.labels == "none":
        return "none", {}, "none"
    if dataset.labels == KINEMATIC:
        return KINEMATIC, _phases_of_motion(root, sequences, errors), "kinematic"
    return *find_phases(root, dataset.labels, actions, errors), "human"


def _phases_of_motion(root: Path, sequences: Mapping[str, Sequence], errors: ClipErrors) -> dict[str, PhaseLabels]:
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
                errors.lacks(name, mat_of(root, name), expected="all key events in their order", found="not all")
            else:
                phases[name] = PhaseLabels(mat_of(root, name), sequence.action, sequence.split, found)
    for action, names in sorted(without.items()):
        log.warning("%s: key events not all found in order in %d sequences: %s", action, len(names), ", ".join(names))
    return phases


def _row(root: Path, name: str, sequence: Sequence, *, split: str, fps: float) -> dict[str, object]:
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
            log.warning(
                "%s: no joint is visible in any frame; it is kept with its guessed positions", mat_of(root, name)
            )
    log.info("joints of %d sequences: %s", len(clips), ", ".join(f"{int(n)} {what}" for what, n in counts.items()))
    estimator = "penn_action annotations"
    return make_shard(root, videos, clips, errors, skeleton=BODY13.name, estimator=estimator, dims=dims)


def _pose(root: Path, name: str, frames: int) -> tuple[Keypoints, dict[str, int]]:
    """Read the joints of one sequence and what was noted of them; see ``to_body13``."""
    file = mat_of(root, name)
    mat = load_fields(file, ("x", "y", "visibility", "dimensions", "nframes"))
    height, width, found = dimensions_of(file, mat)
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


@dataclass(frozen=True)
class _Options:
    """Options of the dataset file; see the top of this file. The frame rate is NaN where unknown."""

    fps: float
    leave_out: frozenset[str]
    unlabelled: bool


def _options(root: Path, dataset: DatasetConfig) -> _Options:
    # An unquoted 0412 is a number to YAML (an octal one), and would silently name another sequence.
    def is_names(value: object) -> bool:
        return isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)

    options = dataset.options
    checks = {
        "fps": ("a positive number", is_rate),
        "leave_out": ("a list of quoted names", is_names),
        "unlabelled": ("true or false", lambda value: isinstance(value, bool)),
    }
    check_options(root, options, checks)
    unlabelled = options.get("unlabelled", False) or dataset.labels == "none"
    return _Options(float(options.get("fps", np.nan)), frozenset(options.get("leave_out", ())), unlabelled)


def _match(
    root: Path,
    sequences: Mapping[str, Sequence],
    phases: Mapping[str, PhaseLabels],
    errors: ClipErrors,
    *,
    unlabelled: bool,
) -> dict[str, PhaseLabels]:
    """Give the sequences that are kept their labels, sorted; those that contradict their labels go to ``errors``."""
    kept = {}
    for name, labels in sorted(phases.items()):
        with errors.of(name):
            frames = _check_labels(root, name, labels, sequences)
            if len(labels.phases) == frames:
                kept[name] = labels
                continue
            log.warning("%s: labels of %s stop before the video, as published; it is left out", labels.file, name)
            expected, found = f"{frames} labels of video {name}", f"{len(labels.phases)}, as published"
            errors.lacks(name, labels.file, expected=expected, found=found)
    moved = [name for name, labels in kept.items() if labels.split != sequences[name].split]
    if moved:
        log.warning("%d sequences are in another split than their .mat says; the labels' counts: %s", *_some(moved))
    bare = sorted(set(sequences) - set(phases))
    if bare:
        done = "kept without" if unlabelled else "left out"
        log.info("%d sequences of the wanted actions have no labels and are %s: %s", len(bare), done, _some(bare)[1])
    for name in bare:
        if unlabelled:
            sequence = sequences[name]
            background = np.full(sequence.frames, BACKGROUND, dtype=np.int16)
            kept[name] = PhaseLabels(mat_of(root, name), sequence.action, sequence.split, background)
        else:
            errors.lacks(name, mat_of(root, name), expected="labels of the sequence")
    return dict(sorted(kept.items()))


def _check_labels(root: Path, name: str, labels: PhaseLabels, sequences: Mapping[str, Sequence]) -> int:
    """Refuse labels of a sequence that there is not, of another action, or of fewer or more frames.

    Returns:
        the frames of the sequence, of which the labels of ``KNOWN_SHORT`` have fewer.
    """
    if name not in sequences:
        raise InputError(labels.file, expected=f"{mat_of(root, name)} of the same action", found="none")
    sequence, found = sequences[name], len(labels.phases)
    if labels.action != sequence.action:
        raise InputError(labels.file, expected=f"{sequence.action} for {name}", found=labels.action)
    if not found == KNOWN_SHORT.get(name, -1) < sequence.frames:
        check_length(labels.file, f"video {name}", frames=sequence.frames, labels=labels.phases)
    return sequence.frames


def _some(names: list[str]) -> tuple[int, str]:
    return len(names), ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")


def _source(root: Path, name: str) -> str:
    """Give the sequence's pictures, or its .mat where nobody has any; whether they are all there shows in decoding."""
    return f"frames/{name}" if (root / "frames").is_dir() else f"labels/{name}.mat"
