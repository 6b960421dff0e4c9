"""Record finished runs in MLflow: ``python -m la2ds track``.

One process writes at a time: MLflow's SQLite schema does not survive being created by two.
"""

import argparse
import json
import logging
import os
import re
import time
from pathlib import Path
from typing import Any

from la2ds.formats.files.storage import write_text
from la2ds.tracking.evidence import Evidence
from la2ds.tracking.record import record
from la2ds.tracking.run import Run, read_run
from la2ds.tracking.store import STORE

log = logging.getLogger("la2ds")
PAUSES_S = (5, 20)  # before a store that another process holds is tried again
# Also in config.schema.yaml, and used in la2ds/tracking/models.py, which imports PyTorch.
MODELS = ("none", "best", "seed0", "all")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line of ``track``."""
    parser.add_argument("--dataset", required=True, help="its name: the experiment's")
    parser.add_argument("--runs-root", type=Path, required=True, help="results/{dataset}, which holds train/")
    parser.add_argument("--protocol", required=True, help="its name: the study's")
    parser.add_argument("--protocol-file", type=Path, help="its settings; without them no confusion matrices are drawn")
    parser.add_argument("--methods-dir", type=Path, required=True, help="folder of the method files")
    parser.add_argument("--metrics", nargs="+", required=True, help=".../{method}/{action}/seed{seed}.csv")
    parser.add_argument(
        "--uri", nargs="?", default="", help="default: $MLFLOW_TRACKING_URI, else results/mlflow/mlflow.db"
    )
    parser.add_argument("--models", choices=MODELS, default="none", help="which networks are registered; default none")
    parser.add_argument("--output", type=Path, required=True, help="stamp: what was recorded, and where")


def main(args: argparse.Namespace) -> None:
    """Record what is new, and say in the stamp what was done."""
    runs = [read_run(path, args) for path in sorted(args.metrics)]
    uri = args.uri or os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{STORE / 'mlflow.db'}"
    counts = _record(runs, args, uri)
    level = logging.WARNING if "skipped" in counts else logging.INFO
    log.log(level, "tracking: %s", ", ".join(f"{k} {v}" for k, v in counts.items()))
    stamp = {"dataset": args.dataset, "protocol": args.protocol, "uri": _without_password(uri), **counts}
    write_text(args.output, json.dumps(stamp, indent=2) + "\n")


def _record(runs: list[Run], args: argparse.Namespace, uri: str) -> dict[str, Any]:
    """Record, again where another process holds the store for a moment, or say why nothing was."""
    for pause in (*PAUSES_S, 0):
        try:
            evidence = Evidence(args.runs_root, args.protocol_file)
            return record(runs, evidence, uri, models=args.models)
        except ImportError as error:
            return {"skipped": f"MLflow is not installed ({error})"}
        except Exception as error:  # whatever a store or server thinks of: the study goes on
            reason = " ".join(str(error).split())[:300]
            if not pause or "locked" not in reason:
                break
            log.warning("tracking: the store is held by another process; again in %d s", pause)
            time.sleep(pause)
    return {"skipped": _without_password(f"MLflow at {uri} failed: {reason}")}


def _without_password(text: str) -> str:
    return re.sub(r"//[^@/\s]*@", "//", text)
