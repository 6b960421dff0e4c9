"""Pictures of a run, for its page in MLflow: how a pair of clips is aligned, and which phases are mistaken.

Curves are not among them: MLflow draws those itself.
"""

import logging
from pathlib import Path

from la2ds.errors import InputError
from la2ds.formats.embeddings import Embeddings, read_embeddings
from la2ds.formats.videos import SPLITS
from la2ds.tracking.evidence import Evidence
from la2ds.tracking.run import Run

log = logging.getLogger("la2ds")
# Training frames up to which a probe is fitted once more for a picture: a fraction of a second.
FRAMES = 4000


def draw_pictures(folder: Path, run: Run, evidence: Evidence) -> None:
    """Draw what can be drawn; a picture that cannot is left out, and the log says why."""
    if evidence.videos is None or evidence.labels is None or not run.embeddings.is_file():
        return
    try:
        embeddings = read_embeddings(run.embeddings)
        _draw_alignment(folder / "alignment.png", run, embeddings, evidence)
        _draw_confusion(folder / "confusion.png", run, embeddings, evidence)
    except (InputError, ImportError, ValueError) as error:  # matplotlib may be missing
        log.warning("%s: pictures are missing: %s", run.name, error)


def _draw_alignment(path: Path, run: Run, embeddings: Embeddings, evidence: Evidence) -> None:
    """Draw the nearest frames of the first two val clips."""
    from la2ds.report.figures.alignment import draw, make_pair
    from la2ds.report.figures.style import save

    assert evidence.videos is not None
    assert evidence.labels is not None
    pair = make_pair(run.action, {run.method: embeddings}, evidence.videos, evidence.labels)
    if pair is not None:
        save(draw({run.action: pair}, {run.method: run.label}, reference=""), path, dpi=100)


def _draw_confusion(path: Path, run: Run, embeddings: Embeddings, evidence: Evidence) -> None:
    """Draw which phases the tables' probe mistakes for each other, where it is fitted quickly."""
    from la2ds.report.figures.confusion import confusion, draw
    from la2ds.report.figures.shown import embedded_clips
    from la2ds.report.figures.style import save

    if evidence.videos is None or evidence.labels is None or evidence.protocol is None:
        return
    clips = embedded_clips(run.action, {run.method: embeddings}, evidence.videos, evidence.labels)
    frames = int(clips.frames[clips.split == SPLITS[0]].sum()) // evidence.protocol.train_frame_stride
    found = confusion(embeddings, clips, evidence.labels, evidence.protocol) if frames <= FRAMES else None
    if found is not None:
        save(draw({run.action: {run.method: found}}, {run.method: run.label}, evidence.labels), path, dpi=100)
