"""Names of metrics and params, as MLflow's plots show them best.

A metric's prefix becomes a section of the charts, in alphabetical order (``test``, ``train``, ``use`` for
what a training used, ``var`` for variants of the test metrics), axes cut names after some ten characters, and plots
open with the first metric ever logged and with the first params in alphabetical order that differ.
"""

import math
import re
from collections.abc import Iterable, Mapping

# What tables are read by, the one that plots open with first.
HEADLINES = ("acc_100", "acc_10", "progress", "tau", "ap_5", "align_err")
# Sorts behind the runs' own params (action, input, method, objective), so that plots open with those.
SETTING = "set."


def named_metrics(rows: Iterable[Mapping[str, str]]) -> dict[str, float]:
    """Give the rows of a metrics file short names, headlines first; values that are not numbers stay out.

    Headlines are ``test/acc_100``, all others ``var/acc_50_logreg``, so that charts open with few.
    """
    values: dict[str, float | None] = {}
    for row in rows:
        name = short(row["metric"], row["variant"])
        # Two of one name would hide each other.
        name = f"{row['metric']}/{row['variant']}" if name in values else name
        values[name] = number(row["value"])
    ordered = [*HEADLINES, *(name for name in values if name not in HEADLINES)]
    named = {f"{'test' if name in HEADLINES else 'var'}/{legal(name)}": values.get(name) for name in ordered}
    return {k: v for k, v in named.items() if v is not None}


def short(metric: str, variant: str) -> str:
    """Shorten a metric's name: ``phase_accuracy``, ``labels=0.1/classifier=svc_rbf`` becomes ``acc_10``."""
    parts = dict(part.partition("=")[::2] for part in variant.split("/"))
    share = f"{100 * (number(parts.get('labels')) or 1):g}"
    match metric:
        case "phase_accuracy":
            probe = parts.get("classifier", "").removeprefix("svc_")
            return f"acc_{share}" + ("" if probe == "rbf" else f"_{probe}")
        case "phase_progression":
            return "progress" + ("" if share == "100" else f"_{share}")
        case "kendall_tau":
            split = parts.get("split", "val")
            return "tau" + ("" if split == "val" else f"_{split}")
        case "retrieval":
            average = parts.get("average", "frames")
            return f"ap_{parts.get('k')}" + ("" if average == "frames" else f"_{average}")
        case "alignment_error":
            unit = parts.get("unit", "fraction")
            return "align_err" + ("" if unit == "fraction" else f"_{unit}")
        case "videos":
            return f"videos_{parts.get('split')}"
    return f"{metric}/{variant}"


def readable(value: object) -> str:
    """Write a param's value; a list without brackets, which MLflow would spread over lines."""
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


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
