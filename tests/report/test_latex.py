"""Tables as LaTeX: every block is a float that fits on a page."""

import dataclasses
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from la2ds.config import TableConfig, load, load_method
from la2ds.report.tables.cells import MEAN, Cell, Table
from la2ds.report.tables.text import to_latex
from tests.fixtures.paths import ROOT

DOCUMENT = r"""\documentclass{article}
\usepackage{booktabs,graphicx}
\begin{document}
\input{table}
\end{document}
"""


def full_table(name: str) -> Table:
    """A table of config/tables with every row, intervals, three actions, rows from elsewhere, and long notes."""
    config = load(TableConfig, ROOT / f"config/tables/{name}.yaml")
    if not config.methods:
        config = dataclasses.replace(config, methods=load(TableConfig, ROOT / "config/tables/paper.yaml").methods)
    labels = {method: load_method(ROOT / f"config/methods/{method}.yaml").label for method in config.methods}
    cell = Cell(value=0.5, spread=0.01, gain=-0.1, low=0.4, high=0.6)
    cells = {(method, n): cell for method in labels for n in range(len(config.columns))}
    blocks = {MEAN: cells, "a_1": dict(cells), "b": dict(cells), "c": dict(cells)}
    # As long as they come: seeds and training times name every row.
    notes = tuple(f"Note {n}: 50 % of what_ever & more, {', '.join(labels.values()) * (n < 2)}." for n in range(10))
    reported = [["Row & Co (2020)", *["12.3"] * len(config.columns)]]
    return Table(config, "toy", labels, blocks, notes, "human", reported)


def test_notes_stand_once_behind_the_floats() -> None:
    *floats, notes = to_latex(full_table("main")).split(r"\end{table}")
    assert len(floats) == 6  # mean, intervals, three actions, reported
    assert notes.count("Note 3") == 1 and not any("Note" in part for part in floats)
    captions = [part.split(r"\caption{")[1].split(r"\label")[0] for part in floats]
    ends = ("Mean over 3 actions}", "95 \\% intervals}", "a 1}", "b}", "c}", "Reported elsewhere}")
    assert all(caption.endswith(end) for caption, end in zip(captions, ends, strict=True)), captions
    labels = [part.split(r"\label{")[1].split("}")[0] for part in floats]
    assert labels[0] == "tab:frame-embeddings-against-the-clock-toy" and len(set(labels)) == 6
    assert rf"\ref{{{labels[0]}}}" in notes


def test_controls_are_set_apart_and_minus_is_no_hyphen() -> None:
    table = full_table("main")
    for place in ((method, n) for method in table.labels for n in range(len(table.config.columns))):
        table.blocks[MEAN][place] = Cell(value=-0.5, spread=0.01, gain=-0.1, low=-0.6, high=-0.4)
    mean, intervals, *_ = to_latex(table).split(r"\end{table}")
    rows = mean.split(r"\midrule")
    assert len(rows) == 3, "head, controls, methods"
    assert "Control: time" in rows[1] and "Control" not in rows[2] and "TCC" in rows[2]
    assert "$-$50.0" in mean and "($-10.0$)" in mean and "$-$60.0 to $-$40.0" in intervals
    assert not re.search(r"[ {&]-\d", mean + intervals)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here")
@pytest.mark.parametrize("name", ["main", "paper", "retrieval", "missing", "skeletons", "cost"])
def test_every_float_fits_on_its_page(tmp_path: Path, name: str) -> None:
    (tmp_path / "table.tex").write_text(to_latex(full_table(name)), encoding="utf-8")
    (tmp_path / "main.tex").write_text(DOCUMENT, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]
    faults = [line for line in done.stdout.splitlines() if "Float too large" in line or "Overfull" in line]
    assert not faults, faults
