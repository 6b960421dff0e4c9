"""What ``import la2ds`` gives: clips compared and events carried with a trained model, and anybody's embeddings scored.

Nothing is done here. Results are those of the workflow's stages and of the verbs (docs/python.md).
"""

from la2ds.clips.clip import Clip
from la2ds.clips.evaluate import evaluate
from la2ds.clips.learn import learn
from la2ds.clips.matching.carry import carry
from la2ds.clips.matching.check import check
from la2ds.clips.matching.match import Match, Matched, align
from la2ds.clips.matching.odd import odd
from la2ds.clips.matching.timeline import timeline
from la2ds.clips.model import Model, load
from la2ds.clips.read import from_arrays, read
from la2ds.clips.repetitions import reps
from la2ds.errors import InputError

__all__ = [
    "Clip",
    "InputError",
    "Match",
    "Matched",
    "Model",
    "align",
    "carry",
    "check",
    "evaluate",
    "from_arrays",
    "learn",
    "load",
    "odd",
    "read",
    "reps",
    "timeline",
]
