"""Score embeddings of missing or noisy keypoints: ``python -m la2ds robustness``.

The validation clips' keypoints are damaged (``corruption``), heatmaps are drawn anew, and the trained network
embeds them as it is; training clips, on which the probes are fitted, stay as they are. The levels are those of the
protocol.
"""

import argparse
import dataclasses
import logging
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from la2ds.config import MethodConfig, ProtocolConfig, load, load_method, method_file, protocol_file
from la2ds.errors import InputError
from la2ds.evaluation.corruption import KINDS, Kind, corrupt
from la2ds.evaluation.evaluate import action_clips, average, score_actions, video_row
from la2ds.formats.embeddings import Embeddings
from la2ds.formats.files.lazy import LazyClips
from la2ds.formats.files.storage import atomic_path
from la2ds.formats.keypoints import Keypoints, read_keypoints
from la2ds.formats.labels import Labels, read_labels
from la2ds.formats.results.metrics import COLUMNS as SCORE_COLUMNS
from la2ds.formats.results.metrics import DAMAGE, Row, damaged_variant
from la2ds.formats.results.provenance import commit_id
from la2ds.formats.results.unit_tables import write_units
from la2ds.formats.selection import present, videos_of
from la2ds.formats.skeletons import SKELETONS
from la2ds.formats.videos import SPLITS, frames_of
from la2ds.learning.controls import controls_of
from la2ds.learning.device import add_device_arguments, choose_device
from la2ds.learning.embedding.network import embed_clips
from la2ds.learning.model import load_weights
from la2ds.views.heatmaps import draw_clip
from la2ds.views.read_clips import Clips, read_clips
from la2ds.views.shards import add_shard_arguments, shards_of

log = logging.getLogger(__name__)
COLUMNS = [*DAMAGE, *SCORE_COLUMNS]
# Keypoints of clips by video_id -> their embeddings, (T, D) each.
Embedder = Callable[[dict[str, Keypoints]], dict[str, np.ndarray]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--method", type=method_file, required=True, help="a method, by name or file")
    parser.add_argument("--seed", type=int, required=True, help="number of the run, from 0")
    parser.add_argument("--action", required=True, help="an action of the videos table")
    add_device_arguments(parser)
    parser.add_argument("--videos", required=True, help="videos.csv")
    parser.add_argument("--labels", required=True, help="labels.parquet")
    add_shard_arguments(parser)
    parser.add_argument("--weights", nargs="?", help="model.safetensors; controls have none")
    parser.add_argument("--protocol", type=protocol_file, required=True, help="a protocol with levels, by name or file")
    parser.add_argument("--output", type=Path, required=True, help="CSV to write")
    parser.add_argument("--units", type=Path, help="Parquet to write: what each score is made of, video by video")


def main(args: argparse.Namespace) -> None:
    """Damage, embed and score at every level."""
    method, protocol = load_method(args.method), load(ProtocolConfig, args.protocol)
    videos = videos_of(args.videos, action=args.action)
    make_embedder = control_embedder if method.is_control else network_embedder
    clips, embed = make_embedder(method, videos, args)
    labels = read_labels(args.labels, frames_of(videos))
    held_out = set(videos.video_id[videos.split == "val"])
    clean, commit = embed(clips), commit_id()
    rows, rows_of_action = video_rows(clean, videos=videos, labels=labels, file=args.method), dict[str, list[Row]]()
    clean_scores = score_actions(action_clips(Embeddings(clean, {}), videos, labels, args.method), protocol)
    for kind, level in levels(protocol):
        damaged = {v: corrupt(clips[v], v, kind=kind, level=level) for v in clips if v in held_out and level > 0}
        changed, scores = embed(damaged) if damaged else {}, clean_scores
        # An embedding of time alone does not change, for it does not depend on keypoints.
        if any(not np.array_equal(changed[v], clean[v]) for v in changed):
            actions = action_clips(Embeddings(clean | changed, {}), videos, labels, args.method)
            scores = score_actions(actions, protocol)
        rows += [[kind, level, *row.without_units] for row in average(scores)]
        for action, action_rows in scores.items():
            named = [row._replace(variant=damaged_variant(kind, level, row.variant)) for row in action_rows]
            rows_of_action.setdefault(action, []).extend(named)
        log.info("%s %g: %d clips", kind, level, len(damaged))
    if args.units is not None:
        write_units(args.units, rows_of_action, commit=commit)
    table = pd.DataFrame(rows, columns=COLUMNS[:-1]).assign(commit=commit)
    with atomic_path(args.output) as temporary:
        table.to_csv(temporary, index=False, na_rep="nan")


def levels(protocol: ProtocolConfig) -> Iterator[tuple[Kind, float]]:
    """List what is done to keypoints, nothing at all being the first level of each kind."""
    for kind in KINDS:
        for level in (0.0, *(protocol.missing if kind == "missing" else protocol.noise)):
            yield kind, level


def control_embedder(
    method: MethodConfig, videos: pd.DataFrame, args: argparse.Namespace
) -> tuple[dict[str, Keypoints], Embedder]:
    """Give the clips of an action, and a formula for damaged ones."""
    shard = read_keypoints(require_keypoints(args.keypoints, method), frames_of(videos))
    keypoints, fps = shard.clips, dict(zip(videos.video_id, videos.fps, strict=True))
    videos = present(videos, keypoints, content="keypoints")
    formula = controls_of(method.encoder, seed=args.seed, skeleton=shard.skeleton)

    def embed(clips: dict[str, Keypoints]) -> dict[str, np.ndarray]:
        return {v: formula(v, len(clip.position), clip, fps[v]) for v, clip in clips.items()}

    return {v: keypoints[v] for v in videos.video_id}, embed


def network_embedder(
    method: MethodConfig, videos: pd.DataFrame, args: argparse.Namespace
) -> tuple[dict[str, Keypoints], Embedder]:
    """Give the clips of an action, and a trained network for damaged ones."""
    if not args.weights:
        raise InputError(args.method, expected="--weights for a network", found="none")
    require_keypoints(args.keypoints, method)
    # Keypoints that only place the crop would be read, too, and damage to them would change nothing.
    if method.input.kind == "rgb":
        raise InputError(args.method, expected="a method that sees keypoints", found=f"input {method.input.kind}")
    method_input = read_clips(shards_of(args), videos, method=method, drawn=False)
    device = choose_device(args.device, threads=args.threads)
    model = load_weights(args.weights, method, method_input.skeleton, features=method_input.features).to(device).eval()

    def embed(clips: dict[str, Keypoints]) -> dict[str, np.ndarray]:
        return embed_clips(model, redraw(method_input, clips, method=method), method=method, device=device)

    return {v: method_input.keypoints[v] for v in method_input.videos.video_id}, embed


def redraw(method_input: Clips, keypoints: dict[str, Keypoints], *, method: MethodConfig) -> Clips:
    """Replace the keypoints of some clips, heatmaps included; only these clips remain."""
    videos = method_input.videos[method_input.videos.video_id.isin(list(keypoints))]
    heatmaps = LazyClips({})
    if method.input.uses_heatmaps:
        draw = partial(draw_clip, spec=method.input.heatmaps, skeleton=SKELETONS[method_input.skeleton])
        heatmaps = LazyClips({v: partial(draw, clip) for v, clip in keypoints.items()})
    return dataclasses.replace(method_input, videos=videos, keypoints=keypoints, heatmaps=heatmaps)


def require_keypoints(files: list[str], method: MethodConfig) -> list[str]:
    """Refuse to start without keypoints."""
    if not files:
        raise InputError("--keypoints", expected=f"shards to damage for input {method.input.kind}", found="none")
    return files


def video_rows(
    embeddings: dict[str, np.ndarray], *, videos: pd.DataFrame, labels: Labels, file: str
) -> list[list[Any]]:
    """Count the videos scored, which damage does not change: rows of the output but for the commit."""
    scored = Embeddings(embeddings, {})
    actions = action_clips(scored, videos, labels, file)
    return [[KINDS[0], 0.0, *video_row(videos, scored, actions, split).without_units] for split in SPLITS]
