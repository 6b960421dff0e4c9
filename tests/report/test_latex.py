"""Tables as LaTeX: every block is a float that fits on a page."""

import dataclasses
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


def test_notes_stand_once_below_the_first_of_the_floats() -> None:
    table = full_table("main")
    first, *others = to_latex(table).split(r"\end{table}")[:-1]
    assert len(others) == 5  # intervals, three actions, reported
    assert first.count("Note 3") == 1 and not any("Note" in other for other in others)
    captions = [part.split(r"\caption{")[1].split(r"\smallskip")[0] for part in (first, *others)]
    ends = ("Mean over 3 actions}", "95 \\% intervals}", "a\\_1}", "b}", "c}", "Reported elsewhere}")
    assert all(caption.endswith(end) for caption, end in zip(captions, ends, strict=True)), captions


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
