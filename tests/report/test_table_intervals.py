"""Intervals, tests and reported numbers in a table, from embeddings to print."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from la2ds.__main__ import main
from la2ds.config import ColumnConfig
from la2ds.errors import InputError
from la2ds.formats.embeddings import Embeddings, write_embeddings
from la2ds.formats.labels import Labels, write_labels
from la2ds.formats.videos import VIDEO_COLUMNS, write_videos
from la2ds.report.tables.reported import COLUMNS, Reported, fits, read_reported, reported_rows
from tests.fixtures.paths import GOLDEN, ROOT

ACTIONS, VAL = ("jump", "squat"), 9
PROTOCOL = "{classifiers: [], progression: false, retrieval_k: [1], tau_stride: 1}"
TABLE = """
title: Toy
methods: [time, casa, net, noise]
columns:
  - {metric: retrieval, variant: k=1/average=frames, label: AP@1}
  - {metric: kendall_tau, variant: split=val/stride=1, label: Tau, percent: false, digits: 3}
  - {metric: alignment_error, variant: unit=fraction, label: Align. err. %, best: min}
"""
LABELS = {"time": "Control: time", "casa": "CASA", "net": "Net", "noise": "Noise"}
REPORTED = """method,dataset,metric,variant,value,source,verified
TCC,toy,retrieval,k=1,71.20,"Somebody (2020), Table 1",yes
TCC,toy,kendall_tau,split=val,0.7,"Somebody (2020), Table 2",yes
LAV,toy,retrieval,k=1,60,A blog,no
LAV,penn,retrieval,k=1,61,A blog,no
"""
CELLS = ["value", "spread", "seeds", "gain", "n", "dropped", "low", "high", "p_time", "p_casa"]


def clips(method: str, seed: int, action: str) -> dict[str, np.ndarray]:
    """Embed: the true phase, the time, the time less and less sure, or nothing."""
    rng = np.random.default_rng([seed, list(LABELS).index(method), ACTIONS.index(action)])
    out = {}
    for video in range(3 + VAL):
        time = np.linspace(0, 1, 10 + video % 3)
        shift = 0.12 * ((video * 7) % 5)  # when the phase changes
        knows = {"time": time, "casa": time + rng.normal(scale=0.3, size=len(time)), "noise": rng.random(len(time))}
        out[f"{action}_{video:02d}"] = knows.get(method, time - shift + rng.normal(scale=0.02, size=len(time)))[:, None]
    return out


def phases(action: str) -> dict[str, np.ndarray]:
    found = {}
    for video in range(3 + VAL):
        time = np.linspace(0, 1, 10 + video % 3)
        found[f"{action}_{video:02d}"] = (time >= 0.4 + 0.12 * ((video * 7) % 5)).astype(int)
    return found


class Study:
    """A study on disk: metrics of each method, action and seed, made by the verbs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "results"
        lines, labels = [], {}
        for action in ACTIONS:
            for number, (video, frames) in enumerate(phases(action).items()):
                lines.append([video, action, "train" if number < 3 else "val", "", len(frames), 25.0, 8, 8, "0"])
                labels[video] = frames
        write_videos(folder / "videos.csv", pd.DataFrame(lines, columns=VIDEO_COLUMNS))
        write_labels(folder / "labels.parquet", Labels(labels, "generator"))
        (folder / "protocol.yaml").write_text(PROTOCOL)
        (folder / "table.yaml").write_text(TABLE)
        (folder / "reported.csv").write_text(REPORTED)
        for method, label in LABELS.items():
            kind = "{kind: time}" if method == "time" else "{}"
            (folder / f"{method}.yaml").write_text(f"label: {label!r}\nencoder: {kind}")
            for action in ACTIONS:
                for seed in (0,) if method == "time" else (0, 1):
                    self.score(method, action, seed, clips(method, seed, action))

    def metrics(self, method: str, action: str, seed: int) -> Path:
        return self.root / f"toy/metrics/default/{method}/{action}/seed{seed}.csv"

    def score(self, method: str, action: str, seed: int, embedded: dict[str, np.ndarray]) -> None:
        """Score embeddings as the workflow does."""
        path = self.metrics(method, action, seed)
        write_embeddings(self.folder / "e.parquet", Embeddings(embedded, {"commit": "abc1234"}))
        words = [
            f"--{name}={self.folder / file}" for name, file in (("videos", "videos.csv"), ("labels", "labels.parquet"))
        ]
        words += [f"--embeddings={self.folder / 'e.parquet'}", f"--protocol={self.folder / 'protocol.yaml'}"]
        assert main(["evaluate", *words, f"--output={path}", f"--units={path.with_suffix('.units.parquet')}"]) == 0

    def table(self, *more: str) -> pd.DataFrame:
        """Make the table; give its CSV."""
        words = ["--table", str(self.folder / "table.yaml"), "--methods-dir", str(self.folder), "--dataset", "toy"]
        words += ["--results", str(self.root), "--labels", str(self.folder / "labels.parquet")]
        words += ["--actions", *ACTIONS, "--seeds", "2"]
        for kind, suffix in (("csv", "csv"), ("markdown", "md"), ("latex", "tex")):
            words += [f"--{kind}", str(self.folder / f"out.{suffix}")]
        assert main(["table", *words, *more]) == 0
        return pd.read_csv(self.folder / "out.csv").set_index(["action", "method", "column"])

    @property
    def text(self) -> str:
        return (self.folder / "out.md").read_text()


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Study:
    study = Study(tmp_path_factory.mktemp("certainty"))
    study.first = study.table("--reported", str(study.folder / "reported.csv"))
    study.printed = {suffix: (study.folder / f"out.{suffix}").read_text() for suffix in ("md", "tex")}
    return study


@pytest.mark.parametrize("suffix", ["md", "tex"])
def test_golden(made, suffix):
    """A change that is meant is written with LA2DS_WRITE_GOLDEN=1 and read in the diff."""
    golden = GOLDEN / f"toy_intervals.{suffix}"
    if os.environ.get("LA2DS_WRITE_GOLDEN"):
        golden.write_text(made.printed[suffix], encoding="utf-8")
    assert made.printed[suffix] == golden.read_text(encoding="utf-8")


def test_every_number_lies_in_its_interval_and_every_interval_is_of_some_width(made):
    for key, row in made.first.iterrows():
        assert row.low <= row.value <= row.high, key
    assert (made.first.high > made.first.low).mean() > 0.9


def test_what_knows_the_phase_is_marked_and_what_knows_nothing_is_not(made):
    rows = {line.split(" | ")[0]: line for line in made.printed["md"].split("\n## ")[1].splitlines() if "|" in line}
    assert "†" in rows["| Net"] and "‡" in rows["| Net"]
    assert "†" not in rows["| Noise"] and "‡" not in rows["| Noise"]
    assert "†" not in rows["| Control: time"]
    net, noise = (made.first.loc[("mean", m, "AP@1")] for m in ("net", "noise"))
    assert net.holm_time < 0.05 and net.gain > 0
    assert noise.holm_time < 0.05 and noise.gain < 0  # surely different, and worse


def test_tests_are_made_on_the_mean_alone_and_not_of_a_row_against_itself(made):
    tested = made.first[made.first.p_time.notna()]
    assert set(tested.index.get_level_values("action")) == {"mean"}
    assert set(tested.index.get_level_values("method")) == {"casa", "net", "noise"}
    for against in ("time", "casa"):
        p, holm = (made.first[f"{kind}_{against}"].dropna() for kind in ("p", "holm"))
        assert len(p) == len(holm) == 9 and (holm >= p).all() and (p > 0).all()
        assert holm.iloc[p.argmin()] == pytest.approx(min(1, 9 * p.min()))


def test_columns_are_as_many_in_every_row_and_braces_close(made):
    for block in made.printed["md"].split("\n## ")[1:]:
        assert {line.count(" | ") for line in block.splitlines() if line.startswith("| ")} == {3}
    tex = made.printed["tex"]
    assert tex.count("{") - tex.count(r"\{") == tex.count("}") - tex.count(r"\}")
    body = tex.split(r"\toprule")[1].split(r"\bottomrule")[0]
    assert {line.count(" & ") for line in body.splitlines() if line.endswith(r"\\") and "multicolumn" not in line} == {
        3
    }
    assert not set("†‡±–") & set(tex)


def changed(before: pd.DataFrame, after: pd.DataFrame, columns: list[str]) -> set[tuple[str, str]]:
    """Give (action, method) of the cells that differ in some column."""
    differ = ~((before[columns] == after[columns]) | (before[columns].isna() & after[columns].isna())).all(axis=1)
    return {(action, method) for action, method, _ in before[differ].index}


def test_a_changed_metric_file_changes_exactly_the_cells_that_depend_on_it(made):
    before = made.table()
    assert changed(made.first, before, [*CELLS, "holm_time", "holm_casa"]) == set()
    made.score("net", "squat", 1, clips("noise", 5, "squat"))
    after = made.table()
    assert changed(before, after, CELLS) == {("squat", "net"), ("mean", "net")}
    # What is corrected for the number of tests depends on the other tests by its nature.
    assert {block for block, _ in changed(before, after, ["holm_time", "holm_casa"])} <= {"mean"}
    made.score("net", "squat", 1, clips("net", 1, "squat"))
    # A change of the clock changes what others gain over it, in its action and in the mean, and nothing else of theirs.
    made.score("time", "jump", 0, clips("casa", 7, "jump"))
    clock = made.table()
    values = [column for column in CELLS if column not in ("gain", "p_time", "p_casa")]
    assert changed(before, clock, values) == {("jump", "time"), ("mean", "time")}
    others = {(block, method) for block in ("jump", "mean") for method in ("casa", "net", "noise")}
    assert changed(before, clock, ["gain", "p_time"]) == others
    made.score("time", "jump", 0, clips("time", 0, "jump"))


def test_a_row_that_nobody_can_take_apart_has_no_interval_and_is_named(made):
    made.metrics("net", "jump", 1).with_suffix(".units.parquet").unlink()
    table = made.table()
    made.score("net", "jump", 1, clips("net", 1, "jump"))
    assert table.xs("net", level="method")[["low", "high", "p_time"]].isna().all().all()
    assert table.xs("casa", level="method").low.notna().all()
    assert "No intervals, since nothing says what the metrics are made of: Net." in made.text


def test_reported_numbers_stand_apart_as_printed_with_their_source(made):
    text = made.printed["md"]
    block = text.split("## Reported elsewhere")[1]
    assert r"| TCC [1, 2] | 71.20 | 0.7 | – |" in block and "| LAV [3] | 60 | – | – |" in block
    assert "[1] Somebody (2020), Table 1; [2] Somebody (2020), Table 2; [3] A blog (second hand, not checked)." in block
    assert "their evaluations differ from ours" in block and "ranked nowhere" in block
    assert "61" not in block and "**" not in block.split("\n- ")[0]
    made.table()
    assert "Reported" not in made.text


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("TCC,toy,retrieval,k=5,70,,yes", "expected a source in line 2, found none"),
        ("TCC,toy,retrieval,k=5,about 70,A paper,yes", "expected a number in line 2, found about 70"),
        ("TCC,toy,retrieval,k=5,70,A paper,perhaps", "expected 'verified' yes or no in line 2, found perhaps"),
    ],
)
def test_a_number_without_a_source_is_refused(tmp_path, line, message):
    (tmp_path / "r.csv").write_text(",".join(COLUMNS) + f"\n{line}\n")
    with pytest.raises(InputError, match=message):
        read_reported(tmp_path / "r.csv", "toy")


def test_ours_is_read_and_every_number_finds_a_column():
    columns = [
        *(ColumnConfig("phase_accuracy", f"labels={f}/classifier=svc_rbf", "") for f in (0.1, 0.5, 1.0)),
        ColumnConfig("phase_progression", "labels=1.0", ""),
        ColumnConfig("kendall_tau", "split=val/stride=2", ""),
        *(ColumnConfig("retrieval", f"k={k}/average=frames", "") for k in (5, 10, 15)),
    ]
    for dataset in ("penn", "ikea"):
        rows = read_reported(ROOT / "config/reported.csv", dataset)
        assert rows and all(any(fits(row, column) for column in columns) for row in rows)
        assert {row.verified for row in rows} == {dataset == "penn"}
    assert not fits(Reported("TCC", "penn", "retrieval", "k=1", "1", "x", True), columns[5])
    table, sources = reported_rows(read_reported(ROOT / "config/reported.csv", "penn"), columns)
    assert len({len(row) for row in table}) == 1 and all(any(row[1:]) for row in table)
    assert all("TCC (Dwibedi et al., CVPR 2019), Table" in source for source in sources)
