"""The report's pictures, one per file; each is a verb of its own that reads result files and writes one PNG.

Only text is here: the workflow plans by it.
"""

from typing import NamedTuple


class About(NamedTuple):
    """What is written around a picture.

    Attributes:
        title: above it.
        caption: below it.
        marks: behind the caption, where frames have phase labels: what marks of phases and events mean.
        suffix: of its file.
    """

    title: str
    caption: str
    marks: str = ""
    suffix: str = ".png"


# Pictures of a table's rows, in the report's order: kind, which ends the file's name -> what is said of it.
FIGURES = {
    "gains": About(
        "Gains over the clock",
        "What each method adds to the clock: dot for the mean over actions, ticks for single actions.",
    ),
    "clips": About(
        "Clips in step",
        "Two validation videos of each action: the slider (arrow keys, or a finger) goes through the first; beside it "
        "is the second, as each method brings it into step by dynamic time warping (seed 0). Space plays.",
        "Bars: phases. ✓: of the first clip's phase; ✗: of another.",
        ".html",
    ),
    "alignment": About(
        "Nearest frames",
        "The first pair of validation videos of each action: for every frame of one the nearest frame of the other "
        "(seed 0).",
        "A path through the diamonds puts the key events at the right frames.",
    ),
    "gallery": About(
        "Retrieval",
        "A frame of each action, and the nearest frame of each of the five nearest other videos, nearest first "
        "(seed 0).",
        "Full line and ✓: of the query's phase; dashes and ✗: of another. Precision in the tables counts all frames, "
        "not one of each video.",
    ),
    "confusion": About(
        "Phases mistaken for each other",
        "What the probe of the accuracy with all labels (RBF SVM) tells of validation frames of each phase (seed 0); "
        "above each matrix the accuracy.",
    ),
    "map": About(
        "Embeddings on a plane",
        "The same validation frames of each action (t-SNE, seed 0). Neighbours mean something; distances between "
        "groups, and their sizes, do not.",
    ),
    "robustness": About(
        "Damaged keypoints",
        "What missing and noisy keypoints cost: validation clips are damaged, training clips are not, and nothing is "
        "trained again. Mean over actions, seed 0.",
    ),
    "curves": About(
        "Training curves",
        "Training loss: faint for each step, strong for the running mean. Losses of different objectives have "
        "different scales.",
    ),
}
