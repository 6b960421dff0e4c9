"""The verbs of ``la2ds VERB`` (``python -m la2ds VERB``), grouped by who needs them: verb -> module, what it does."""

import difflib

# For people with clips, or with embeddings of their own.
PEOPLE = {
    "compare": ("la2ds.clips.verbs.compare", "show two clips in step on one page, and where they differ"),
    "carry": ("la2ds.clips.verbs.carry", "find in all clips the moments that are marked in some"),
    "check": ("la2ds.clips.verbs.check", "tell which films do not show the movement of the others"),
    "odd": ("la2ds.clips.verbs.odd", "rank repetitions by how far they are from the rest"),
    "reps": ("la2ds.clips.verbs.reps", "cut a film of many repetitions into one film each"),
    "learn": ("la2ds.clips.verbs.learn", "learn a model of one movement from a folder of films"),
    "evaluate": ("la2ds.evaluation.evaluate", "score any embeddings"),
    "align": ("la2ds.evaluation.align", "match the frames of two clips"),
}
# What the rules of the workflow call, in the order data flows; ``evaluate`` is one of them.
STAGES = {
    "demo": ("la2ds.datasets.demo.verb", "make the demo's clips with their ground truth"),
    "fetch": ("la2ds.datasets.fetch.verb", "download a dataset, or say how to get it"),
    "index": ("la2ds.datasets.index", "list a dataset's videos and labels"),
    "decode": ("la2ds.datasets.decode", "decode a shard of videos to JPEG frames"),
    "quarantine": ("la2ds.datasets.quarantine", "list the clips of all shards that could not be read"),
    "weights": ("la2ds.pose.estimators.weights", "fetch or build MediaPipe's pose or hand landmarker"),
    "keypoints": ("la2ds.pose.verb", "estimate or read the poses of a shard"),
    "pose_quality": ("la2ds.pose.quality", "hold a dataset's poses against the truth"),
    "heatmaps": ("la2ds.views.heatmaps", "draw a shard's keypoints as heatmaps"),
    "rgb": ("la2ds.learning.rgb", "look at a shard's frames with a frozen network"),
    "train": ("la2ds.learning.training.verb", "train one method on one action with one seed"),
    "embed": ("la2ds.learning.embedding.verb", "embed every frame of every video of an action"),
    "robustness": ("la2ds.evaluation.robustness", "score a method on damaged keypoints"),
    "collect": ("la2ds.evaluation.collect", "gather metrics into one CSV per task"),
    "table": ("la2ds.report.tables.verb", "make a table as CSV, Markdown and LaTeX"),
    "track": ("la2ds.tracking.verb", "record finished runs in MLflow"),
}
PICTURES = {
    "draw_poses": ("la2ds.report.figures.poses", "draw frames, skeletons and heatmaps of a clip per action"),
    "draw_curves": ("la2ds.report.figures.curves", "draw training curves"),
    "draw_alignment": ("la2ds.report.figures.alignment", "draw how methods align a pair of videos"),
    "draw_gains": ("la2ds.report.figures.gains", "draw what a table's methods add to the clock"),
    "draw_confusion": ("la2ds.report.figures.confusion", "draw which phases methods mistake for each other"),
    "draw_map": ("la2ds.report.figures.embedding_map", "draw frames near where their embeddings are near"),
    "draw_gallery": (
        "la2ds.report.figures.gallery",
        "show a frame of each action and what methods find in other videos",
    ),
    "draw_clips": (
        "la2ds.report.page.aligned_clips",
        "put two clips of each action under one slider, brought into step",
    ),
    "draw_robustness": ("la2ds.report.figures.robustness", "draw what damaged keypoints cost"),
    "report": ("la2ds.report.page.verb", "put tables, figures and provenance on one page"),
}
GROUPS = {"people with clips": PEOPLE, "stages of the workflow": STAGES, "pictures": PICTURES}
VERBS = PEOPLE | STAGES | PICTURES


def listed() -> str:
    """List the verbs by group, as the help shows them."""
    groups = {title: [f"  {verb:<15} {does}" for verb, (_, does) in verbs.items()] for title, verbs in GROUPS.items()}
    return "\n\n".join("\n".join([f"{title}:", *lines]) for title, lines in groups.items())


def nearest(name: str) -> list[str]:
    """List the verbs that a misspelt name may have meant, nearest first."""
    return difflib.get_close_matches(name.lower().replace("-", "_"), VERBS)
