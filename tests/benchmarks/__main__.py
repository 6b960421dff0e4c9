"""Measure every stage: ``python -m tests.benchmarks [STAGE ...] --output bench.csv``, or ``make bench``.

One thread. Machines are shared, so only ratios of one run mean much. Results are a CSV with the machine and the commit.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy is imported

import argparse  # noqa: E402
from importlib import import_module  # noqa: E402
from pathlib import Path  # noqa: E402

import pandas as pd  # noqa: E402
import torch  # noqa: E402

from la2ds.formats.results.provenance import provenance  # noqa: E402
from tests.benchmarks.harness import measure, with_growth  # noqa: E402

STAGES = sorted(path.stem for path in (Path(__file__).parent / "stages").glob("[a-z]*.py"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stages", nargs="*", help=f"of {', '.join(STAGES)} (default: all)")
    parser.add_argument("--output", type=Path, default=Path("bench.csv"))
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(1)
    rows, run = [], provenance()
    for stage in args.stages or STAGES:
        module = import_module(f"tests.benchmarks.stages.{stage}")
        for size in module.SIZES:
            rows.append(measure(stage, size, module.make(size), rounds=args.rounds))
            shown = with_growth(rows)[-1]
            print({key: round(value, 4) if isinstance(value, float) else value for key, value in shown.items()})
    table = pd.DataFrame(with_growth(rows))
    table.assign(machine=str(run.get("cpu", "")), commit=str(run.get("commit", ""))).to_csv(args.output, index=False)


if __name__ == "__main__":
    main()
