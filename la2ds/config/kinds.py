"""The names that settings may give to encoders, objectives, readers, classifiers and metrics.

What stands behind them takes torch or scikit-learn to import, which is too much for planning; so the names are written
here once more, and a test holds them equal to the registries.
"""

# Formulas, which are never trained (``la2ds.learning.controls``), and networks (``la2ds.learning.encoders.ENCODERS``).
CONTROL_KINDS = ("random", "time", "pose", "pose_motion", "pose_time")
ENCODER_KINDS = (
    "heatmap_transformer",
    "coordinate_transformer",
    "joint_transformer",
    "rgb_transformer",
    "rgb_conv3d",
    "fusion_transformer",
)
# ``la2ds.learning.objectives.OBJECTIVES``
OBJECTIVE_KINDS = ("regression", "scl", "scl_dtw", "tcc", "lav", "gta", "vava", "tcn", "sal", "supervised")
# Those that know which frames of a view are padding, so that views may be whole clips of different lengths.
PADDING_KINDS = ("regression",)
# Those of them that learn from human labels (``labelled``), as upper bounds alone do.
LABELLED_KINDS = ("supervised",)
# ``la2ds.datasets.index.READERS``
READER_KINDS = ("casa", "demo", "folder", "h2o", "ikea", "penn", "uiprmd")
# ``la2ds.evaluation.metrics.phase_classification.CLASSIFIERS``
CLASSIFIER_KINDS = ("svc_rbf", "svc_rbf_auto", "svc_linear", "logreg")
# Metric -> task, and so the file it is gathered in, ``results/{dataset}/{task}.csv``; ``videos`` counts what was
# scored.
TASKS = {
    "phase_accuracy": "phase_classification",
    "phase_progression": "phase_progression",
    "kendall_tau": "kendall_tau",
    "retrieval": "retrieval",
    "alignment_error": "alignment",
    "videos": "evaluated",
}
# What tables may show: metrics, and what methods cost (``la2ds.report.tables.cost``).
METRIC_KINDS = (*TASKS, "cost")
