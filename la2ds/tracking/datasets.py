"""Which videos a run learned from and was scored on, as MLflow's datasets with a digest of our own.

The digest is that of the videos' rows in videos.csv and of their labels: it changes when a video is added, moved to the
other split, cut or labelled anew, and not when a file is copied or another action's videos change. The videos
themselves are not read.
"""

import hashlib
import warnings
from typing import Any

import pandas as pd

from la2ds.formats.labels import Labels
from la2ds.formats.videos import SPLITS
from la2ds.tracking.evidence import Evidence
from la2ds.tracking.run import Run


def log_datasets(client: Any, run_id: str, run: Run, evidence: Evidence) -> None:
    """Name a run's train and val videos; without a table of videos there is nothing to name."""
    if evidence.videos is None:
        return
    from mlflow.entities import DatasetInput, InputTag

    inputs = []
    for split in SPLITS:
        action = "all" if run.config.training == "all" and split == "train" else run.action
        if (action, split) not in evidence.datasets:
            evidence.datasets[action, split] = _describe(run.dataset, action, split, evidence)
        tag = InputTag(key="mlflow.data.context", value=split)
        inputs.append(DatasetInput(dataset=evidence.datasets[action, split], tags=[tag]))
    client.log_inputs(run_id, inputs)


def _describe(dataset: str, action: str, split: str, evidence: Evidence) -> Any:
    from mlflow.data.pandas_dataset import from_pandas
    from mlflow.entities import Dataset

    videos = evidence.videos
    assert videos is not None
    rows = videos[(videos.split == split) & ((videos.action == action) | (action == "all"))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that integers cannot be missing
        described = from_pandas(
            rows,
            source=str(evidence.root / "videos.csv"),
            name=f"{dataset}-{action}-{split}",
            digest=videos_digest(rows, evidence.labels),
        ).to_dict()
    return Dataset.from_dictionary(described)


def videos_digest(rows: pd.DataFrame, labels: Labels | None) -> str:
    """Digest rows of videos.csv and the labels of these videos, where there are any."""
    digest = hashlib.sha256(rows.to_csv(index=False).encode())
    for video_id in rows.video_id if labels else ():
        phases = labels.phases.get(video_id) if labels else None
        digest.update(b"none" if phases is None else phases.astype("<i4").tobytes())
    return digest.hexdigest()[:12]
