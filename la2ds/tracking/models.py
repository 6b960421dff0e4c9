"""Networks in MLflow's registry: ``mlflow.pytorch.load_model("models:/la2ds-demo-la2ds-squat/latest")``.

What is kept is the network traced by ``torch.export``, from the safetensors file that the study wrote and that stays
the truth. Nothing is pickled, and whoever loads it needs torch and MLflow, but not this package. Tracing takes a second
or so a network, which is why not all are kept unless somebody asks.
"""

import logging
from typing import Any

import numpy as np
import torch

from la2ds.learning.embedding.embedder import FrameEmbedder, load_embedder
from la2ds.tracking.run import Run
from la2ds.tracking.store import MODEL_TAG, Stored

log = logging.getLogger("la2ds")
HEADLINE = "test/acc_100"
# Frames of the clip that a network is traced with; any number above the few that are special cases in code.
FRAMES = 8


def add_models(client: Any, uri: str, runs: list[Run], stored: dict[str, Stored], *, which: str) -> int:
    """Register the chosen networks that are not there yet.

    Args:
        client: of the store.
        uri: of the store.
        runs: all runs of the study.
        stored: key of each run -> its run in the store.
        which: none, best, seed0 or all.

    Returns:
        how many are new. One that cannot be traced is left out, and the log says why.
    """
    count = 0
    for run in chosen(runs, which):
        run_record = stored[run.key]
        if MODEL_TAG in run_record.tags:
            continue
        try:
            address = _register(client, uri, run, run_record.run_id)
        except Exception as error:  # MLflow's and torch's errors have no common name, and the runs are recorded
            reason = " ".join(str(error).split())[:300]
            log.warning("%s: not kept as a model: %s", run.name, reason)
            continue
        client.set_tag(run_record.run_id, MODEL_TAG, address)
        count += 1
    return count


def chosen(runs: list[Run], which: str) -> list[Run]:
    """List the runs whose networks are kept: of those with weights of their own that were trained.

    ``best`` takes the run of each action with the highest accuracy, of several the first by name.
    """
    trained = [run for run in runs if run.weights is not None and run.record.get("steps")]
    if which == "best":
        ranked = sorted(trained, key=lambda run: (-run.metrics.get(HEADLINE, -1.0), run.name))
        first: dict[str, Run] = {}
        for run in ranked:
            first.setdefault(run.action, run)
        return list(first.values())
    return [run for run in trained if which == "all" or (which == "seed0" and run.seed == 0)]


def model_name(run: Run) -> str:
    """Name a registered model; its versions are trainings of it."""
    return f"la2ds-{run.dataset}-{run.method}-{run.action}"


def _register(client: Any, uri: str, run: Run, run_id: str) -> str:
    """Trace a run's network, keep it with its signature, and register it: its address."""
    import mlflow
    from mlflow.models import Model

    assert run.weights is not None
    embedder = load_embedder(run.weights, run.config)
    mlflow.set_tracking_uri(uri)
    # Else its files would lie where MLflow's default experiment has them.
    mlflow.set_experiment(experiment_id=client.get_run(run_id).info.experiment_id)
    inputs = embedder.inputs
    with torch.no_grad():
        # Not mlflow.pytorch.log_model, which wants a run that is still going on.
        info = Model.log(
            artifact_path=None,
            name="model",
            flavor=mlflow.pytorch,
            run_id=run_id,
            registered_model_name=model_name(run),
            await_registration_for=0,
            pytorch_model=embedder,
            serialization_format="pt2",
            signature=_signature(embedder),
            input_example=tuple(torch.zeros((FRAMES, *shape), dtype=dtype) for dtype, shape in inputs.values()),
            # Given, for finding out takes half a minute.
            pip_requirements=[f"torch=={torch.__version__.split('+')[0]}"],
            metadata={"inputs": list(inputs), "method": run.method, "weights": run.weights.as_posix()},
        )
    version = info.registered_model_version
    client.update_model_version(model_name(run), str(version), description=_words(run, embedder))
    for name in ("method", "action", "seed", "protocol"):
        client.set_model_version_tag(model_name(run), str(version), name, str(getattr(run, name)))
    return f"models:/{model_name(run)}/{version}"


def _signature(embedder: FrameEmbedder) -> Any:
    """Describe a clip of any length: (T, ...) in, (T, D) out."""
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    types = {torch.float32: np.float32, torch.uint8: np.uint8}
    # MLflow wants names for several inputs only.
    is_named = len(embedder.inputs) > 1
    inputs: list[Any] = [
        TensorSpec(np.dtype(types[dtype]), (-1, *shape), name if is_named else None)
        for name, (dtype, shape) in embedder.inputs.items()
    ]
    return ModelSignature(Schema(inputs), Schema([TensorSpec(np.dtype(np.float32), (-1, embedder.encoder.dim))]))


def _words(run: Run, embedder: FrameEmbedder) -> str:
    inputs = "; ".join(f"{name} (T, {', '.join(map(str, shape))})" for name, (_, shape) in embedder.inputs.items())
    return (
        f"{run.label} on {run.dataset} {run.action}, seed {run.seed}. In: {inputs}. Out: (T, {embedder.encoder.dim})."
    )
