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
    "check_videos": ("la2ds.clips.verbs.check_videos", "tell which clips do not show their action once"),
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

# The second sentence of a verb's help: what it reads and writes.
MORE = {
    "compare": "Writes one HTML page with both clips, the curves of joint angles and the differences in words.",
    "carry": "Reads a table of marked moments and writes one of all clips, with how sure each moment is.",
    "check": "Writes a table with a row for each film, and says what is wrong with which.",
    "odd": "Writes a table of the clips, the oddest first, and on request a picture of these.",
    "reps": "Writes the films, and a table of the frames between which each repetition was.",
    "learn": "Writes a folder that the other verbs take as `--model`; the films need no labels.",
    "evaluate": "Reads videos, labels and embeddings, ours or anybody's, and writes a long CSV of metrics.",
    "align": "Reads embeddings of both clips and writes a CSV of matched frames.",
    "demo": "Writes films, phase labels, and 2D (pixels) and 3D (millimetres) keypoints below the dataset's root.",
    "fetch": "Writes the native files below the dataset's root; what is there is left as it is.",
    "index": "Reads the native files and writes videos.csv and labels.parquet.",
    "decode": "Reads the films of a shard and writes its frames, and the clips that could not be read.",
    "quarantine": "Reads the lists of all shards and writes one CSV with the reasons.",
    "weights": "Writes the task file of MediaPipe's landmarker, and beside it its checksum.",
    "keypoints": "Writes joints in pixels (2D) or millimetres (3D), with a confidence from 0 to 1.",
    "pose_quality": "Writes PCK, error (pixels), missing joints and confidence for each action and joint.",
    "check_videos": "Reads keypoints (2D) and writes a row for each clip, with what is wrong with it.",
    "heatmaps": "Reads keypoints and writes a small picture for each joint and frame, as bytes from 0 to 255.",
    "rgb": "Reads frames, and keypoints where pictures are cut around the person, and writes features.",
    "train": "Writes the weights (safetensors), the loss at each step, and a record of how it was done.",
    "embed": "Reads weights and a method's input and writes a vector for each frame.",
    "robustness": "Takes joints of validation clips away or adds noise, embeds these, and writes a CSV of metrics.",
    "collect": "Reads the metrics files of runs and writes one CSV for one task.",
    "table": "Reads a table file and the metrics of its rows; percentages and gains are as the file says.",
    "track": "Reads what finished runs have left and writes into MLflow's store; a store that fails stops nothing.",
    "draw_poses": "Reads keypoints, frames and heatmaps and writes a PNG.",
    "draw_curves": "Reads the histories of runs and writes a PNG, the loss on a logarithmic axis.",
    "draw_alignment": "Reads embeddings and writes a PNG with a panel for each action.",
    "draw_gains": "Reads the CSV of a table and writes a PNG; percentages in points.",
    "draw_confusion": "Fits the tables' classifier on training clips and writes a PNG of shares in per cent.",
    "draw_map": "Lays frames of validation clips out by t-SNE and writes a PNG.",
    "draw_gallery": "Reads embeddings, keypoints and frames and writes a PNG.",
    "draw_clips": "Reads embeddings, keypoints and frames and writes an HTML page that opens alone.",
    "draw_robustness": "Reads the scores on damaged keypoints and writes a PNG and their means as CSV.",
    "report": "Reads what the other verbs left below results/ and writes one HTML file that needs no other.",
}


def about(verb: str) -> str:
    """Say what a verb does, and what it reads and writes, in two sentences; in one where ``MORE`` has none of it."""
    does = VERBS[verb][1]
    return f"{does[0].upper()}{does[1:]}. {MORE.get(verb, '')}".rstrip()


def listed() -> str:
    """List the verbs by group, as the help shows them."""
    groups = {title: [f"  {verb:<15} {does}" for verb, (_, does) in verbs.items()] for title, verbs in GROUPS.items()}
    return "\n\n".join("\n".join([f"{title}:", *lines]) for title, lines in groups.items())


def nearest(name: str) -> list[str]:
    """List the verbs that a misspelt name may have meant, nearest first."""
    return difflib.get_close_matches(name.lower().replace("-", "_"), VERBS)
