"""What a finished training leaves behind: weights, history and provenance."""

import json
import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from la2ds.config import as_dict
from la2ds.formats.files.storage import atomic_path, sha256_of, write_text
from la2ds.formats.results.provenance import provenance
from la2ds.formats.skeletons import skeleton_named
from la2ds.learning.model import RUN, WEIGHTS, save_weights
from la2ds.learning.training.flops import count_flops
from la2ds.learning.training.train import Training, step_generator
from la2ds.views.training_view import training_view


def flops_per_frame(training: Training) -> float:
    """Count the operations to embed a view of the first clip, over its frames."""
    clip = training.clips.pick(torch.zeros(1, dtype=torch.long))
    generator, skeleton = step_generator(training.seed, 0), skeleton_named(training.skeleton)
    view = training_view(clip, generator, method=training.method, skeleton=skeleton, augment=False)
    training.model.eval()
    return count_flops(lambda: training.model.encoder.embed(view)) / view.valid.shape[1]


def write_results(folder: Path, training: Training, *, videos: pd.DataFrame, action: str) -> None:
    """Write weights, history and provenance."""
    weights, skeleton, features = folder / WEIGHTS, training.skeleton, training.features
    save_weights(weights, training.model, method=training.method, skeleton=skeleton, features=features)
    columns = ["step", "loss", "learning_rate", "gradient_norm", "seconds"]
    with atomic_path(folder / "history.csv") as temporary:
        pd.DataFrame(training.history, columns=columns).to_csv(temporary, index=False)
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    losses = [row["loss"] for row in training.history]
    summary: dict[str, Any] = {
        "action": action,
        "seed": training.seed,
        "device": str(training.device),
        "threads": torch.get_num_threads(),
        "videos": len(videos),
        "parameters": sum(p.numel() for p in training.model.parameters()),
        "flops_per_frame": flops_per_frame(training),
        "steps": len(training.history),
        "loss_first_tenth": float(np.mean(losses[: max(1, len(losses) // 10)])) if losses else None,
        "loss_last_tenth": float(np.mean(losses[-max(1, len(losses) // 10) :])) if losses else None,
        "seconds": training.history[-1]["seconds"] if losses else 0.0,
        # Kilobytes, but bytes on macOS.
        "peak_memory_mb": round(usage / (2**20 if sys.platform == "darwin" else 2**10)),
        "method": as_dict(training.method),
        "weights_sha256": sha256_of(weights),
        "provenance": provenance(),
    }
    write_text(folder / RUN, json.dumps(summary, indent=1) + "\n")
    (folder / "checkpoint.pt").unlink(missing_ok=True)
