"""A trained network and its settings, which embed any clip as the workflow would."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from la2ds.clips.clip import Clip, path_of
from la2ds.clips.read import read
from la2ds.clips.store import model_folder
from la2ds.config import MethodConfig, build
from la2ds.errors import InputError
from la2ds.formats.files.storage import sha256_of
from la2ds.formats.keypoints import Keypoints
from la2ds.formats.skeletons import known_skeleton, skeleton_named
from la2ds.learning.device import choose_device
from la2ds.learning.embedding.network import embed_clips
from la2ds.learning.model import PRETRAINED, RUN, WEIGHTS, load_weights, network_of
from la2ds.learning.model import Model as Network
from la2ds.views.heatmaps import draw_clip
from la2ds.views.pictures import read_pictures
from la2ds.views.read_clips import Clips


@dataclass(frozen=True)
class Model:
    """A trained network.

    Attributes:
        folder: where its weights lie.
        method: its settings.
        network: encoder and projection head, in evaluation mode.
        run: what its training wrote down: action, seed, videos, seconds, provenance and more.
    """

    folder: Path
    method: MethodConfig
    network: Network
    run: dict[str, Any]

    @property
    def skeleton(self) -> str:
        """Name the joint set that it was trained on; empty where it looks at pictures alone."""
        return str(network_of(self.folder / WEIGHTS)["skeleton"])

    def embed(self, clip: str | Path | Clip, *, people: int = 1) -> Clip:
        """Embed every frame of a clip.

        Args:
            clip: a film, or a clip that was read or made before.
            people: see ``la2ds.read``; for a film.

        Returns:
            the clip with its embedding, (T, D) float32: to the bit what the workflow gives for the same film.

        Raises:
            InputError: if it is no film, shows nobody, or has another joint set than the model knows.
        """
        if not isinstance(clip, Clip):
            clip = read(clip, people=people)
        if self.skeleton and clip.skeleton != self.skeleton:
            raise InputError(
                clip.name, expected=f"joints of {self.skeleton}, as {self.folder} was trained on", found=clip.skeleton
            )
        with one_thread() as device:
            embedded = embed_clips(
                self.network, clips_of([clip], self.method, drawn=True), method=self.method, device=device
            )
            return replace(clip, embedding=embedded[names_of([clip])[0]])


def load(model: str | Path) -> Model:
    """Load a trained network.

    Args:
        model: folder that a training wrote (``model.safetensors`` and ``run.json``), such as
            ``results/folder/train/la2ds_align/squat/seed0``; or the name of a model of ``la2ds learn``; or
            ``pretrained`` for the network that comes with the package.

    Raises:
        InputError: if one of the two files is missing or broken, or they do not belong together.
    """
    folder = path_of(model, "the model")
    if model == PRETRAINED.name:
        folder = PRETRAINED
    elif not folder.is_dir() and model_folder(str(model)).is_dir():
        folder = model_folder(str(model))
    if not (folder / RUN).is_file() or not (folder / WEIGHTS).is_file():
        expected = f"the folder of a training, with {WEIGHTS} and {RUN}, or the name of a learned model"
        raise InputError(folder, expected=expected, found="no such files" if folder.is_dir() else "no such folder")
    run = read_run(folder / RUN)
    noted, found = run.get("weights_sha256"), sha256_of(folder / WEIGHTS)
    if noted not in (None, found):  # older trainings did not write it down
        raise InputError(folder / WEIGHTS, expected=f"the weights of {RUN}, sha256 {noted}", found=found)
    method = build(MethodConfig, run["method"], folder / RUN)
    known = network_of(folder / WEIGHTS)
    skeleton, (channels, grid) = str(known["skeleton"]), known["features"]
    if channels:
        raise InputError(
            folder,
            expected="a model of poses or pictures",
            found="one of stored picture features, which the workflow makes",
        )
    if skeleton:
        known_skeleton(folder / WEIGHTS, skeleton)
    network = load_weights(folder / WEIGHTS, method, skeleton, features=(channels, grid)).eval()
    return Model(folder, method, network, run)


def read_run(file: Path) -> dict[str, Any]:
    """Read what a training wrote down.

    Raises:
        InputError: if it is no JSON, or names no settings.
    """
    try:
        run = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(file, expected="JSON of a training", found=str(error)) from error
    if not isinstance(run, dict) or not isinstance(run.get("method"), dict):
        raise InputError(file, expected="the settings of a training as 'method'", found="none")
    return run


@contextmanager
def one_thread() -> Iterator[torch.device]:
    """Compute as the workflow does, on one thread: more of them add numbers up in another order."""
    before = torch.get_num_threads()
    try:
        yield choose_device("cpu", threads=1)
    finally:
        torch.set_num_threads(before)


def names_of(clips: list[Clip]) -> list[str]:
    """Give clips ids that sort as they stand, whatever they are called."""
    return [f"{number:06d}" for number in range(len(clips))]


def clips_of(clips: list[Clip], method: MethodConfig, *, drawn: bool) -> Clips:
    """Put clips together as stages read them from shards.

    Args:
        clips: of one joint set.
        method: settings.
        drawn: whether heatmaps are drawn (embedding), or keypoints to draw from are given (training).

    Raises:
        InputError: if the method looks at pictures and a clip has none.
    """
    ids, skeleton = names_of(clips), clips[0].skeleton
    columns = {"video_id": ids, "frames": [len(c) for c in clips], "fps": [c.fps for c in clips]}
    sizes = {"width": [c.size[0] for c in clips], "height": [c.size[1] for c in clips]}
    videos = pd.DataFrame(columns | sizes).assign(action="clip", split="train", source="", shard="clip")
    joints = {v: Keypoints(c.poses, c.confidence) for v, c in zip(ids, clips, strict=True)}
    config, maps, pictures = method.input, {}, {}
    if drawn and config.uses_heatmaps:
        known = skeleton_named(skeleton)
        if known is None:
            raise InputError(clips[0].name, expected="a clip with joints", found="none")
        maps = {v: draw_clip(j, spec=config.heatmaps, skeleton=known) for v, j in joints.items()}
    if config.uses_pictures:
        pictures = pictures_of(clips, method)
    return Clips(videos, skeleton if config.kind != "rgb" else "", (0, 0), joints, maps, pictures)


def pictures_of(clips: list[Clip], method: MethodConfig) -> dict[str, Any]:
    """Read the pictures of clips: id -> (T, 3, S, S) uint8.

    Raises:
        InputError: if a clip has none.
    """
    shown = {}
    for video_id, clip in zip(names_of(clips), clips, strict=True):
        if clip.frames is None:
            raise InputError(clip.name, expected="pictures, which the model looks at", found="poses alone")
        spec, box = method.input.pictures, method.input.heatmaps.box
        joints = {"clip": Keypoints(clip.poses, clip.confidence)} if spec.crop == "box" else None
        read_ = read_pictures(
            [str(clip.frames)], spec=spec, keypoints=joints, box=box, video_ids=["clip"], sizes={"clip": clip.size}
        )
        shown[video_id] = read_["clip"]
    return shown
