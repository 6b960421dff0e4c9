"""The tables of the verb ``table`` as HTML. Their Markdown is read, so that no number is rounded a second time."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from la2ds.errors import InputError
from la2ds.report.page import html

# An escaped character, the best, a gain, a range, or any other character.
CELL = re.compile(
    r"\\(?P<escaped>[\\|*_`<>])|\*\*(?P<best>.+?)\*\*|\((?P<gain>[+-][^()]*)\)|(?P<range>\[[^\]]*\])|(?P<other>.)"
)
CONTROL = "Control:"


@dataclass
class Printed:
    """A table as it is printed.

    Attributes:
        title: its first line.
        header: column headings.
        blocks: heading -> rows of cells.
        notes: the lines below it.
    """

    title: str
    header: list[str] = field(default_factory=list)
    blocks: dict[str, list[list[str]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_table(path: Path) -> Printed:
    """Read a Markdown table of ``la2ds.report.tables.text``.

    Raises:
        InputError: if it is missing or is none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(path, expected="a table (Markdown)", found=error.strerror or str(error)) from error
    printed = Printed(title=_plain(lines[0].removeprefix("# ")) if lines else "")
    block: list[list[str]] = []
    for line in lines[1:]:
        if line.startswith("## "):
            block = printed.blocks.setdefault(_plain(line[3:]), [])
        elif line.startswith("- "):
            printed.notes.append(_plain(line[2:]))
        elif line.startswith("| ") and not line.startswith("| :---"):
            block.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    rows = list(printed.blocks.values())
    if not rows or any(len(r) < 2 or len({len(c) for c in r}) != 1 for r in rows):
        raise InputError(path, expected="a table (Markdown)", found="no blocks of rows")
    printed.header = [_plain(cell) for cell in rows[0][0]]
    printed.blocks = {name: block[1:] for name, block in printed.blocks.items()}
    return printed


def to_html(printed: Printed) -> tuple[str, str]:
    """Write a table's heading, and its HTML: the first block in full, the others folded away, the notes between."""
    parts = []
    for n, (name, rows) in enumerate(printed.blocks.items()):
        highlighted = [i for i, row in enumerate(rows) if not _plain(row[0]).startswith(CONTROL)]
        block = html.table(
            printed.header, [[html.text(_plain(r[0])), *map(cell, r[1:])] for r in rows], highlighted=highlighted
        )
        parts.append(html.paragraph(name) + block + html.notes(printed.notes) if n == 0 else html.folded(name, block))
    return printed.title, html.together("\n".join(parts))


def cell(markdown: str) -> str:
    """Write one cell: the best bold, the gain in the colour of better or worse (its sign says the same), ranges small.

    Whatever else is in it stays as it is, so that the tables may get further marks.
    """
    return "".join(map(_part, CELL.finditer(markdown))).replace(" <br>", "<br>")


def _part(match: re.Match[str]) -> str:
    kind, found = match.lastgroup, match[match.lastgroup or 0]
    if kind == "best":
        return f"<b>{html.text(_plain(found))}</b>"
    if kind == "gain":
        sign = {"+": "up", "-": "down"}[found[0]] if re.search("[1-9]", found) else "even"
        # On a line of its own: a table of nine columns then fits on a screen.
        return f'<br><span class="{sign}">({html.text(_plain(found))})</span>'
    if kind == "range":
        return f'<span class="range">{html.text(_plain(found))}</span>'
    return html.text(found)


def _plain(markdown: str) -> str:
    return re.sub(r"\\([\\|*_`<>])", r"\1", markdown)
