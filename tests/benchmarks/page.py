"""Write docs/performance.md from what was measured: ``python -m tests.benchmarks.page``.

In: docs/performance.csv, a ``results/bench.csv`` of ``make bench``. ``--jobs results/benchmarks`` prints instead where
the job seconds of a ``make tables`` went, by rule.
"""

import argparse
from pathlib import Path

import pandas as pd

from tests.fixtures.paths import ROOT

PERFORMANCE = ROOT / "docs" / "performance.csv"

# Stage and size -> what was measured when this page was planned, and what was wanted.
WANTED = {
    ("heatmaps", "2000 x 56"): ("3.75 times the time of PySKL's generator", "a tenth of it in the verb"),
    ("tau", "154 x 30"): ("4.2 times as quick as CASA's; growth 2.45 in videos", "10 times; growth of 2 at most"),
    ("tau", "8 x 1280"): ("a third of CASA's speed; growth 2.3 in frames", "10 times; growth of 2 at most"),
    ("retrieval", "29 x 3776"): ("41 minutes for all 109,504 frames, 1.4 GB", "5 minutes, 1 GB"),
    ("embed", "1000 x 100"): ("0.98 GB, growing with the clips", "0.5 GB for any number"),
    ("logreg", "12000"): ("0.45 times the speed of CARL's and CASA's", "their speed"),
    ("table", "12 x 80"): ("27 s for a whole table", "5 s"),
    ("align", "4000"): ("4.0 s, 1.0 GB", ""),
    ("align", "20000"): ("out of memory", "10 s, 1 GB"),
    ("casa", "16 x 1000"): ("1.2 GB", "1 GB"),
    ("clips", "1000 x 4000"): ("1.2 GB", "bounded by all frames together"),
}
WHAT = {
    "align": "two clips matched (frames), against a table of all costs",
    "casa": "the gradient of a training step of CASA (clips x frames), against keeping everything for it",
    "clips": "joints of short clips and a long one (short clips x frames of the long one), against padding",
    "embed": "clips embedded from their heatmaps (clips x frames), against all of them held at once",
    "heatmaps": "joints drawn (frames x pixels), against all pixels of every map in NumPy",
    "logreg": "logistic regression (frames), against double precision",
    "retrieval": "the nearest frames of 128 (videos x frames), against all distances sorted",
    "soft_dtw": "soft-DTW and its gradient (pairs x frames), against the sweep left to autograd",
    "svm": "the RBF SVM for 17 phases (frames), against all values of its kernel held at once",
    "table": "a column's intervals (methods x videos), against a data frame per file",
    "tau": "Kendall's tau (videos x frames), against CASA's and CARL's way with SciPy",
}

PAGE = """# How fast it is

Made by `python -m tests.benchmarks.page` from `performance.csv`; not to be edited. `make bench` measures again, as
`results/bench.csv`.

Each stage is measured in turns with a straightforward way to the same numbers; numbers that differ are refused. Time is
processor time of one thread, and how many times as long the straightforward way took. Memory is what the process took
beyond what it had before. Growth is the exponent of time over frames since the size before. Machines are shared, so
only ratios mean much. Measured in one run, on {machine}, commit {commits}.

## Against the straightforward way

{stages}

## Before, and wanted

{wanted}

All frames of retrieval at IKEA's size take {retrieval:.0f} s at that pace, {queries} times the 128 of the benchmark.
A step of CASA on 16 clips of 4,000 frames took 0.7 GB, once, beside what the process had; one on clips of 2,000 frames
took 2.9 GB before. Predictions of logistic regression in single precision may differ for a few of many thousand frames,
so accuracies may by more than 1e-6; all other metrics are equal. Tau of eight long videos misses its tenfold.

## Where the time of `make tables` goes

Of 169 jobs and 1,036 job seconds on two quiet cores, nine minutes after the set-up, at an earlier commit: training
50 %, embedding 14 %, evaluation 10 %, poses 10 %. About 200 s were the start of verbs, mostly PyTorch's own. Since then
jobs are forks of a process that has imported it ([architecture.md](architecture.md#how-a-local-job-begins)). Processor
seconds of the same command, with the verb's own imports and as a fork (commit `2ee2ddd`, one thread, best of three):

| verb | alone | fork |
| --- | ---: | ---: |
| `embed` by a formula | 0.43 | 0.1 |
| `embed` by a network, 36 clips | 2.62 | 0.71 |
| `evaluate` | 2.04 | 0.59 |
| `train`, one step | 1.70 | 0.35 |

The demo with a tenth of its steps, 179 jobs on two cores busy with other work, took 644 s of processor time and 15.7
minutes without the server, about 400 s and 10.5 minutes with it; 31 weights, 45 embeddings, 45 files of metrics and,
but for measured costs, 12 tables were the same.

The whole demo, 180 jobs, took 5.6 minutes and 617 s of processor time on two quiet cores (commit `71d13e9`), busy for
94 % of it, and without the server 7.4 minutes and 854 s (`52198a6`, the same code for this). Job seconds by rule:

| rule | without the server | with it |
| --- | ---: | ---: |
| training | 441 | 394 |
| poses | 82 | 76 |
| evaluation | 87 | 27 |
| embedding | 95 | 31 |
| MLflow | 23 | 20 |
| damaged keypoints | 24 | 11 |
| features of pictures | 18 | 18 |
| all others | 70 | 47 |
| all | 840 | 624 |

The start of 180 forks is some 20 s of it. Five minutes were wanted: the last 14 s are MLflow's alone.
What is left is training, which is products of matrices, and MediaPipe. With a run of your own,
`python -m tests.benchmarks.page --jobs results/benchmarks` prints the seconds by rule.

## Threads

Every verb that trains or embeds uses one thread unless `--threads` says otherwise, whatever the environment says. With
two threads on two busy cores a training step took 4 to 12 times as long as with one, since threads wait for each other
at full speed; and another number of threads adds numbers up in another order, which gives other weights.

## What is not done

What the table above lacks was measured once; of training, decoding and linear SVMs at commit `f60ac9f`.

* **Decoding** takes about three times as long as H.264 alone. Of a full-HD frame's 9.3 ms a third is H.264, a third
  colours and their copy, a third shrinking, and 7 % JPEG; of the 1.4 ms of one of 640 x 360 a third each, without
  shrinking. All of these are libraries' own loops. FFmpeg's scaler would shrink and colour in one pass, a full-HD frame
  in 0.6 of the time and no smaller one in less; its pixels differ by 1 of 255 in the mean and by 35 at most, and so
  would the poses found in them.
* **Soft-DTW** of few pairs is slower than LAV's recursion compiled by numba: in single precision 0.23 times its speed
  for one pair of 32 frames (0.06 before), 0.45 for eight (0.12), 1.1 for 64 pairs of 32 or 64 frames and for eight of
  256. numba 0.68 works with our Python and NumPy, but installs 208 MB, takes 0.3 s to import and 8 s to compile: too
  much for methods of comparison.
* **The RBF SVM** stays exact. At the growth measured, 100,000 frames of 17 phases to learn from and as many to be told
  take {svm:.0f} minutes, and an hour or more where an embedding tells nothing; a linear SVM grows with the cube there,
  38 s for 4,000. `train_frame_stride` of a protocol bounds both, as that of IKEA ASM does. All values of the kernel at
  once, as a product of matrices, take half the time, and 0.8 GB for 10,000 frames.
* **A training step of `la2ds`**, 8 clips of 32 frames seen twice, takes 91 ms, of which 61 are products of matrices, at
  80 % of the pace of the best of them. The first layer's maps are nearly all zero, but its patches are not: a joint
  reaches 47 % of them. The products of these alone, joint by joint, take 0.73 of that layer's time and 0.9 of the
  step's; with the two factors of each Gaussian instead of its pixels 1.8 to 5 times that layer's time. Without it the
  step would take 61 ms. Both views in one pass gain nothing; bfloat16, on a processor that has it, saves a sixth, for
  weights that no other processor gives.
* **Embedding** holds one clip's heatmaps at a time, but all pictures or coordinates of an action.
* **The start of a verb** is paid by every job of a cluster, of macOS, and with `--sdm`; by a fork's, with 0.1 s.
* **Recording a run in MLflow** takes 0.4 s of a processor, of it 0.25 s for two pictures: a quarter of these
  is matplotlib's layout, and fewer transactions saved 6 %. It is done beside tables and figures, not after them.
"""


def table(head: list[str], rows: list[list[str]]) -> str:
    """Lay out a Markdown table."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows))


def number(value: float, form: str) -> str:
    """Write a number, or nothing where there is none."""
    return "" if pd.isna(value) else format(value, form)


def stage_rows(bench: pd.DataFrame) -> list[list[str]]:
    """Give a line for each size of each stage."""
    return [
        [
            WHAT[r.stage] if first else "",
            r.size,
            *(number(r.ours_s, ".4f"), number(r.ratio, ".1f"), number(r.growth, ".1f"), number(r.peak_mb, ",.0f")),
        ]
        for r, first in zip(bench.itertuples(), ~bench.stage.duplicated(), strict=True)
    ]


def wanted_rows(bench: pd.DataFrame) -> list[list[str]]:
    """Give a line for each aim that was measured."""
    of = bench.set_index(["stage", "size"])
    rows = []
    for (stage, size), (before, aim) in WANTED.items():
        now = of.loc[stage, size]
        found = f"{now.ours_s:.3g} s, {now.peak_mb:,.0f} MB"
        found += "" if pd.isna(now.ratio) else f", {now.ratio:.1f} times as quick as the straightforward way"
        rows.append([f"{stage} {size}", before, found, aim])
    return rows


def job_seconds(folder: Path) -> pd.DataFrame:
    """Add up the seconds of all jobs by rule, from the files that Snakemake wrote beside each."""
    seconds = [(p.relative_to(folder).parts[0], pd.read_csv(p, sep="\t").s.sum()) for p in folder.rglob("*.tsv")]
    jobs = pd.DataFrame(seconds, columns=["rule", "seconds"]).groupby("rule").seconds.agg(["count", "sum"])
    return jobs.sort_values("sum", ascending=False).reset_index().round(1)


def read_bench(path: Path) -> pd.DataFrame:
    """Read what ``make bench`` wrote."""
    return pd.read_csv(path, dtype={"size": str, "commit": str})


def make_page(bench: pd.DataFrame) -> str:
    """Fill the page in."""
    indexed, queries = bench.set_index(["stage", "size"]), -(-29 * 3776 // 128)
    of, growth = indexed.ours_s, indexed.growth
    return PAGE.format(
        machine=bench.machine[0],
        commits=", ".join(f"`{commit}`" for commit in sorted(set(bench.commit))),
        stages=table(["stage (size)", "size", "s", "plain / ours", "growth", "MB"], stage_rows(bench)),
        wanted=table(["stage", "before", "now", "wanted"], wanted_rows(bench)),
        retrieval=of["retrieval", "29 x 3776"] * queries,
        queries=queries,
        svm=of["svm", "16000"] * (100_000 / 16_000) ** growth["svm", "16000"] / 60,
    )


def main() -> None:
    """Write the page, or print job seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=Path, help="folder of Snakemake's benchmark files: print the seconds by rule")
    jobs = parser.parse_args().jobs
    if jobs:
        print(job_seconds(jobs).to_string(index=False))
    else:
        PERFORMANCE.with_suffix(".md").write_text(
            make_page(pd.read_csv(PERFORMANCE, dtype={"size": str, "commit": str}))
        )


if __name__ == "__main__":
    main()
