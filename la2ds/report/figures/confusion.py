"""Which phases a probe mistakes for each other, a matrix per action and method: ``python -m la2ds draw_confusion``.

The probe is that of the tables' accuracy with all labels, an RBF SVM fitted on the training clips.
"""

import argparse
import logging
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from la2ds.config import ProtocolConfig, load, protocol_file
from la2ds.evaluation.metrics.clips import Clip, stack
from la2ds.evaluation.metrics.phase_classification import predict
from la2ds.formats.embeddings import Embeddings
from la2ds.formats.labels import BACKGROUND, Labels, read_labels
from la2ds.formats.videos import SPLITS, read_videos
from la2ds.report.figures.shown import add_inputs, embedded_clips, labels_of, methods_of, read_all
from la2ds.report.figures.style import GREY, INK, PALETTE, add_outputs, nothing, save, title, wrapped

log = logging.getLogger(__name__)
CLASSIFIER = "svc_rbf"
WRITTEN = 6  # phases up to which the shares are written into the cells
# Not pure white, which would be changed for dark pages: it stands on strong colour in both.
ON_COLOUR = "#fefefe"


@dataclass(frozen=True)
class Confusion:
    """Predicted phases of the frames of each phase.

    Attributes:
        phases: (P,) true and predicted phases, rising; -1 is background.
        counts: (P, P) frames by true phase (row) and by predicted phase (column).
    """

    phases: np.ndarray
    counts: np.ndarray

    @property
    def accuracy(self) -> float:
        """Share of frames predicted right."""
        return float(np.trace(self.counts) / self.counts.sum())

    @property
    def shares(self) -> np.ndarray:
        """Counts as shares of their row; a phase that no frame has gets zeros."""
        return np.asarray(self.counts / np.maximum(self.counts.sum(1, keepdims=True), 1))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_inputs(parser)
    parser.add_argument("--protocol", type=protocol_file, required=True, help="a protocol, by name or file")
    add_outputs(parser)


def main(args: argparse.Namespace) -> None:
    """Fit the probes and draw their matrices."""
    protocol = load(ProtocolConfig, args.protocol)
    videos, labels = read_videos(args.videos), read_labels(args.labels)
    by_action = {}
    embeddings = read_all(args.embeddings)
    for action, methods in embeddings.items():
        clips = embedded_clips(action, methods, videos, labels)
        confusions = {m: confusion(e, clips, labels, protocol) for m, e in methods.items()}
        by_action[action] = {m: c for m, c in confusions.items() if c is not None}
    shown = {action: confusions for action, confusions in by_action.items() if confusions}
    names = labels_of(methods_of(embeddings), args.methods_dir)
    save(draw(shown, names, labels), args.output, args.dark)
    log.info("%s: %d actions, %d methods", args.output, len(shown), len(names))


def confusion(
    embeddings: Embeddings, videos: pd.DataFrame, labels: Labels, protocol: ProtocolConfig
) -> Confusion | None:
    """Fit the probe on the train clips and count its predictions on the val clips; None where either has no labels."""
    parts = []
    for split in SPLITS:
        ids = sorted(videos.video_id[videos.split == split])
        clips = [Clip(v, embeddings.clips[v], labels.phases[v], float("nan")) for v in ids]
        stride = protocol.train_frame_stride if split == "train" else 1
        parts.append(stack(clips, stride=stride, drop_background=protocol.drop_background) if clips else None)
    train, val = parts
    if train is None or val is None or not len(train[1]) or not len(val[1]):
        return None
    predicted = predict(CLASSIFIER, train, val[0])
    phases = np.unique(np.concatenate([val[1], predicted]))
    counts = np.zeros((len(phases), len(phases)), dtype=int)
    np.add.at(counts, (np.searchsorted(phases, val[1]), np.searchsorted(phases, predicted)), 1)
    return Confusion(phases, counts)


def draw(by_action: Mapping[str, Mapping[str, Confusion]], names: Mapping[str, str], labels: Labels) -> Figure:
    """Draw a row of matrices per action, a column per method; the first one names the phases."""
    if not by_action:
        return nothing("No frame has a phase label, so there is nothing to tell phases by.")
    figure = Figure(figsize=(max(1.9 * len(names), 4.0) + 1.5, 1.95 * len(by_action) + 0.5), layout="constrained")
    axes = figure.subplots(len(by_action), len(names), squeeze=False, gridspec_kw={"hspace": 0.12})
    for n, (row, (action, of_method)) in enumerate(zip(axes, by_action.items(), strict=True)):
        for axis, method in zip(row, names, strict=True):
            if method in of_method:
                _matrix(axis, of_method[method], heading=f"{names[method]}\n" if n == 0 else "")
            else:
                axis.set_axis_off()
        first = of_method.get(next(iter(names)))
        if first is not None and len(first.phases) <= WRITTEN and action in labels.events:
            row[0].set_yticklabels([wrapped(f"{_tick(p)}: {labels.name_of(action, int(p))}", 26) for p in first.phases])
        row[0].set_ylabel(f"{title(action)}\ntrue phase", fontsize=9, color=INK)
    figure.supxlabel("phase told by the probe; shares of each row in per cent", fontsize=8.5, color=GREY)
    return figure


def _matrix(axis: Axes, result: Confusion, *, heading: str) -> None:
    shares = result.shares
    # Colour as transparency, so that "none" is the page's ground, light or dark.
    axis.imshow(np.dstack([np.broadcast_to(to_rgb(PALETTE[0]), (*shares.shape, 3)), shares]), aspect="equal")
    if len(shares) <= WRITTEN:
        for (row, column), share in np.ndenumerate(shares):
            colour = ON_COLOUR if share > 0.5 else INK if share >= 0.005 else GREY
            axis.text(column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=8, color=colour)
    axis.set_title(f"{heading}{100 * result.accuracy:.1f} %", fontsize=9, color=INK, pad=3)
    phases = [_tick(p) for p in result.phases]
    every = max(1, -(-len(phases) // 10))
    for side in (axis.xaxis, axis.yaxis):
        side.set_ticks(range(0, len(phases), every), phases[::every])
    axis.tick_params(colors=GREY, labelsize=8, length=0)
    axis.spines[:].set_visible(False)


def _tick(phase: int) -> str:
    return "bg" if phase == BACKGROUND else str(phase)
