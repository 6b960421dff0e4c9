"""A model of one's own, learned from a few clips of one movement without labels."""

import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch

from la2ds.clips.clip import Clip, path_of
from la2ds.clips.model import Model, clips_of, load, one_thread
from la2ds.clips.read import read_several
from la2ds.clips.store import check_cache, digest_of, model_folder
from la2ds.config import MethodConfig, as_dict, file_of, load_method
from la2ds.errors import InputError
from la2ds.formats.files.leftovers import temporary_folder
from la2ds.learning.model import PRETRAINED, RUN, WEIGHTS
from la2ds.learning.training.verb import TrainingJob, check_clips, check_method, fewer_steps, train_clips
from la2ds.views.read_clips import stack_clips

METHOD = "la2ds_align"
ADAPTED = "la2ds_adapted"  # the same from the network that comes with the package on
WRITTEN = (WEIGHTS, RUN, "history.csv")
MOST_STEPS = 100  # times the method's
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def learn(
    clips: Sequence[str | Path | Clip],
    *,
    name: str | None = None,
    method: str = METHOD,
    seed: int = 0,
    steps: float = 1.0,
) -> Model:
    """Train a network on clips of one movement; no label is looked at.

    What was learned from the same poses before is not learned again, and a training that was stopped goes on.

    Args:
        clips: films, or clips that were read before; at least two, of one joint set.
        name: what to call the model, for ``load``; without a name it is known by its clips alone.
        method: name of a method that comes with the package, or its file.
        seed: of all randomness.
        steps: share of the method's steps.

    Raises:
        InputError: if there are fewer than two clips, they differ in their joint set, or one cannot be read.
    """
    if name is not None:
        check_name(name)
    if isinstance(clips, str | Path) or not isinstance(clips, Iterable):
        found = "one path" if isinstance(clips, str | Path) else f"a {type(clips).__name__}"
        raise InputError(str(clips), expected="a list of films or clips", found=found)
    if not 0 < steps <= MOST_STEPS:
        raise InputError("steps", expected=f"a share above 0 and up to {MOST_STEPS}", found=str(steps))
    settings = fewer_steps(load_method(file_of("methods", str(path_of(method, "the method")))), steps)
    check_method(settings, method)
    taken = _read_all(clips)
    if len(taken) < 2:
        raise InputError("clips", expected="at least two clips of one movement", found=str(len(taken)))
    for clip in taken:
        if clip.skeleton != taken[0].skeleton:
            raise InputError(
                clip.name, expected=f"joints of {taken[0].skeleton}, as {taken[0].name}", found=clip.skeleton
            )
    folder = model_folder(_digest(taken, settings, seed))
    if not _is_whole(folder):
        check_cache()
        (folder / RUN).unlink(missing_ok=True)
        _train(TrainingJob(settings, method, "clip", seed, folder), taken)
    if name is not None:
        _name(folder, model_folder(name))
        folder = model_folder(name)
    return load(folder)


def _read_all(clips: Sequence[str | Path | Clip]) -> list[Clip]:
    """Read those that are films, at once."""
    read_ = iter(read_several([clip for clip in clips if not isinstance(clip, Clip)]))
    taken: list[Clip] = []
    for clip in clips:
        found = clip if isinstance(clip, Clip) else next(read_)
        if isinstance(found, InputError):
            raise found
        taken.append(found)
    return taken


def check_name(name: str) -> None:
    """Refuse what no model can be called."""
    if not NAME.fullmatch(name) or name == PRETRAINED.name:
        expected = f"letters, digits, dots, _ and -, other than {PRETRAINED.name}"
        raise InputError("name", expected=expected, found=repr(name))


def is_learned(clips: Sequence[Clip], *, method: str = METHOD, seed: int = 0, steps: float = 1.0) -> bool:
    """Tell whether ``learn`` would have nothing left to do."""
    settings = fewer_steps(load_method(file_of("methods", method)), steps)
    return _is_whole(model_folder(_digest(clips, settings, seed)))


def _is_whole(folder: Path) -> bool:
    if not all((folder / file).is_file() for file in WRITTEN):
        return False
    try:
        load(folder)
    except InputError:
        return False
    return True


def _digest(clips: Sequence[Clip], settings: MethodConfig, seed: int) -> str:
    parts = [part for clip in clips for part in (clip.poses.tobytes(), clip.confidence.tobytes(), list(clip.size))]
    return digest_of(as_dict(settings), seed, clips[0].skeleton, torch.__version__, *parts)


def _train(job: TrainingJob, clips: Sequence[Clip]) -> None:
    read_ = clips_of(list(clips), job.method, drawn=False)
    check_clips(job.method, read_.videos, file="clips", method_file=job.method_file)
    with one_thread() as device:
        train_clips(job, read_, stack_clips(read_, method=job.method, device=device), device=device)


def _name(learned: Path, named: Path) -> None:
    """Put a copy of what was learned under a name, in place of what had that name before."""
    with temporary_folder(named.parent, prefix=f".{named.name}.") as new:
        for file in WRITTEN:
            shutil.copyfile(learned / file, new / file)
        named.mkdir(exist_ok=True)
        for file in WRITTEN:
            (new / file).replace(named / file)
