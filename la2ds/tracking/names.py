"""Names of metrics, as MLflow's plots show them best."""

import math
import re
from collections.abc import Iterable

# What the table is read by; the first metric ever logged is the one MLflow's plots open with.
HEADLINES = {
    ("phase_accuracy", "labels=1.0/classifier=svc_rbf"): "test/acc_100",
    ("phase_accuracy", "labels=0.1/classifier=svc_rbf"): "test/acc_10",
    ("phase_progression", "labels=1.0"): "test/progress",
    ("kendall_tau", "split=val/stride=2"): "test/tau",
    ("retrieval", "k=5/average=frames"): "test/ap_5",
    ("alignment_error", "unit=fraction"): "test/align_err",
}


def named_metrics(rows: Iterable[dict[str, str]]) -> dict[str, float]:
    """Give the rows of a metrics file short names, headlines first; values that are not numbers stay out."""
    values = {(row["metric"], row["variant"]): number(row["value"]) for row in rows}
    ordered = [*HEADLINES, *(key for key in values if key not in HEADLINES)]
    named = {HEADLINES.get(key) or legal(f"test/{key[0]}/{key[1]}"): values.get(key) for key in ordered}
    return {k: v for k, v in named.items() if v is not None}


def legal(name: str) -> str:
    """Keep what MLflow allows in a name, without a slash at its end; ``labels=0.1`` becomes ``labels_0.1``."""
    return re.sub(r"[^A-Za-z0-9_\-.:/ ]", "_", name).rstrip("/")


def number(text: str | None) -> float | None:
    """Read a finite number; None for anything else."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
