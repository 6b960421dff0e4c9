"""A table as Markdown and as LaTeX. Best in bold, second underlined (LaTeX only), controls included."""

import math
import re
from collections.abc import Callable

from la2ds.config import ColumnConfig
from la2ds.report.tables.cells import MEAN, Cell, Table
from la2ds.report.tables.intervals import MARKS, is_better

DASH = "–"
LATEX_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "–": "--",
    "†": r"$^{\dagger}$",
    "‡": r"$^{\ddagger}$",
    **{c: f"\\{c}" for c in "&%$#_{}"},
}
# Draws a cell: the cell, its column, its place (0 best, 1 second), the marks behind it.
Draw = Callable[[Cell, ColumnConfig, int, str], str]


def to_markdown(table: Table) -> str:
    """Write the blocks as pipe tables and the notes as a list."""
    lines = [f"# {_markdown(_title(table))}"]
    header = ["Method", *(column.label for column in table.config.columns)]
    for heading, rows in _blocks(table, _markdown_cell):
        lines += ["", f"## {_markdown(heading)}", ""]
        lines.append(_pipes([_markdown(h) for h in header]))
        lines.append("| :--- |" + " ---: |" * len(table.config.columns))
        lines += [_pipes([_markdown(r[0]), *r[1:]]) for r in rows]
    return "\n".join([*lines, "", *(f"- {_markdown(note)}" for note in table.notes), ""])


def to_latex(table: Table) -> str:
    """Write each block as a float of its own, to be ``input``, and the notes behind them; needs booktabs and graphicx.

    All of them in one would not fit on a page.
    """
    lines = ["% Made by `python -m la2ds table`; needs the packages booktabs and graphicx."]
    labels: list[str] = []
    for heading, rows in _blocks(table, _latex_cell):
        labels.append(_label(f"{table.config.title} {table.dataset} {'' if not labels else heading}"))
        lines += _latex_float(table, heading, rows, label=labels[-1])
    lines += [rf"{{\scriptsize\noindent Notes on Table~\ref{{{labels[0]}}}."]
    return "\n".join([*lines, *(rf"{_latex(note)}\par" for note in table.notes), "}", ""])


def _label(text: str) -> str:
    """Make ``tab:frame-embeddings-demo`` of words."""
    return "tab:" + "-".join(re.findall(r"[a-z0-9]+", text.lower()))


def _latex_float(table: Table, heading: str, rows: list[list[str]], *, label: str) -> list[str]:
    columns = table.config.columns
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_name(f'{_title(table)}. {heading}')}}}\label{{{label}}}\smallskip",
        r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",  # only what is too wide
        rf"\begin{{tabular}}{{l{'r' * len(columns)}}}",
        r"\toprule",
        " & ".join(["Method", *(_latex(c.label) for c in columns)]) + r" \\",
    ]
    before = None
    for name, *cells in rows:
        is_control = name.startswith("Control: ")
        lines += [r"\midrule"] if is_control != before else []
        lines += [" & ".join([_name(name), *map(_latex_numbers, cells)]) + r" \\"]
        before = is_control
    return [*lines, r"\bottomrule", r"\end{tabular}}", r"\end{table}"]


def _latex_numbers(cell: str) -> str:
    """Give numbers a minus instead of a hyphen, where they are not in a formula yet."""
    return re.sub(r"(?<![\w$-])-(?=\d)", "$-$", cell.replace(DASH, "--"))


def _name(text: str) -> str:
    """Write a name such as ``jumping_jacks`` for people."""
    return _latex(text.replace("_", " "))


def _title(table: Table) -> str:
    source = "no" if table.label_source == "none" else table.label_source
    return f"{table.config.title}: {table.dataset} ({source} labels)"


def _heading(table: Table, block: str) -> str:
    count = len(table.blocks) - 1
    return f"Mean over {count} action{'s' * (count != 1)}" if block == MEAN else block


def _blocks(table: Table, draw: Draw) -> list[tuple[str, list[list[str]]]]:
    """Give heading and rows of each block: the mean, its intervals, the actions, what others report."""
    blocks = []
    for block, cells in table.blocks.items():
        blocks.append((_heading(table, block), _rows(table, block, draw)))
        if block == MEAN and any(not math.isnan(cell.low) for cell in cells.values()):
            blocks.append((f"{_heading(table, block)}, 95 % intervals", _rows(table, block, _interval)))
    if table.reported:
        rows = [[label, *(value or DASH for value in values)] for label, *values in table.reported]
        blocks.append(("Reported elsewhere", rows))
    return blocks


def _rows(table: Table, block: str, draw: Draw) -> list[list[str]]:
    """Give one list per method: its label, then its cells drawn."""
    cells, columns = table.blocks[block], table.config.columns
    places = [_places([cells[m, i] for m in table.labels], column) for i, column in enumerate(columns)]
    return [
        [
            label,
            *(
                draw(cells[method, i], c, places[i][row], _marks(table, block, method, i))
                for i, c in enumerate(columns)
            ),
        ]
        for row, (method, label) in enumerate(table.labels.items())
    ]


def _marks(table: Table, block: str, method: str, index: int) -> str:
    """Say which of the rows tested against this cell is better than, by more than chance."""
    best = table.config.columns[index].best
    against = zip(table.config.against, MARKS, strict=False)
    return "".join(mark for a, mark in against if is_better(table.blocks[block], (method, index), a, best))


def _places(cells: list[Cell], column: ColumnConfig) -> list[int]:
    """Rank cells as printed, so that equal print has equal rank: 0 best, 1 second, ...; -1 where there is no rank."""
    if column.best == "none":
        return [-1] * len(cells)
    shown = [float(_number(c.value, column)) for c in cells]
    order = sorted({v for v in shown if not math.isnan(v)}, reverse=column.best == "max")
    return [-1 if math.isnan(v) else order.index(v) for v in shown]


def _number(value: float, column: ColumnConfig, sign: str = "") -> str:
    text = f"{value * (100 if column.percent else 1):{sign}.{column.digits}f}"
    return text.replace("-", "+" if sign else "") if re.fullmatch(r"-0\.?0*", text) else text


def _parts(cell: Cell, column: ColumnConfig) -> tuple[str, str, str]:
    """Give value, spread and gain as printed; spread and gain are empty where there is none."""
    spread = "" if math.isnan(cell.spread) else _number(cell.spread, column)
    gain = "" if math.isnan(cell.gain) else _number(cell.gain, column, "+")
    return _number(cell.value, column), spread, gain


def _markdown_cell(cell: Cell, column: ColumnConfig, place: int, marks: str) -> str:
    if math.isnan(cell.value):
        return DASH
    value, spread, gain = _parts(cell, column)
    text = f"**{value}**" if place == 0 else value
    return text + (f" ± {spread}" if spread else "") + (f" ({gain})" if gain else "") + (f" {marks}" if marks else "")


def _latex_cell(cell: Cell, column: ColumnConfig, place: int, marks: str) -> str:
    if math.isnan(cell.value):
        return DASH
    value, spread, gain = _parts(cell, column)
    text = {0: rf"\textbf{{{value}}}", 1: rf"\underline{{{value}}}"}.get(place, value)
    small = ([rf"$\pm$ {spread}"] if spread else []) + ([f"(${gain}$)"] if gain else [])
    return text + _latex(marks) + (rf" {{\scriptsize {' '.join(small)}}}" if small else "")


def _interval(cell: Cell, column: ColumnConfig, _place: int, _marks: str) -> str:
    if math.isnan(cell.low):
        return DASH
    return f"{_number(cell.low, column)} to {_number(cell.high, column)}"


def _pipes(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _markdown(text: str) -> str:
    return re.sub(r"([\\|*_`<>])", r"\\\1", text)


def _latex(text: str) -> str:
    return "".join(LATEX_SPECIAL.get(character, character) for character in text)
