"""The report's pictures, one per file; each is a verb of its own that reads result files and writes one PNG.

Only text stands here: the workflow plans by it.
"""

# Pictures of a table's rows, in the report's order: kind, which ends the file's name -> what stands below it.
FIGURES = {
    "gains": "What each method adds to the clock: dot for the mean over actions, ticks for single actions.",
    "alignment": "The first pair of val videos of each action: for every frame of one the nearest frame of the other "
    "(seed 0). A path through the diamonds puts the key events at the right frames.",
    "gallery": "A frame of each action, and the nearest frame of each of the five nearest other videos, nearest first "
    "(seed 0). Full line and ✓: of the query's phase; dashes and ✗: of another. Precision in the tables counts all "
    "frames, not one of each video.",
    "confusion": "What the probe of the accuracy with all labels (RBF SVM) tells of validation frames of each phase "
    "(seed 0); above each matrix the accuracy.",
    "map": "The same validation frames of each action on a plane (t-SNE, seed 0). Neighbours mean something; distances "
    "between groups, and their sizes, do not.",
    "robustness": "What missing and noisy keypoints cost: validation clips are damaged, training clips are not, and "
    "nothing is trained again. Mean over actions, seed 0.",
    "curves": "Training loss: faint for each step, strong for the running mean. Losses of different objectives have "
    "different scales.",
}
