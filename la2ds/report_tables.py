"""The tables of the verb ``table`` as HTML. Their Markdown is read, so that no number is rounded a second time."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from la2ds import report_page as html
from la2ds.errors import InputError

CELL = re.compile(r"(?P<value>\*\*[^*]+\*\*|\S+)(?P<spread> ± \S+)?(?: \((?P<gain>[^)]*)\))?")
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
    """Read a Markdown table of ``la2ds.table_text``.

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


def to_html(printed: Printed) -> str:
    """Write the first block in full and the others folded away, with the notes between."""
    parts = [html.heading(printed.title)]
    for n, (name, rows) in enumerate(printed.blocks.items()):
        own = [i for i, row in enumerate(rows) if not _plain(row[0]).startswith(CONTROL)]
        block = html.table(printed.header, [[html.text(_plain(r[0])), *map(cell, r[1:])] for r in rows], own=own)
        parts.append(html.paragraph(name) + block + html.notes(printed.notes) if n == 0 else html.folded(name, block))
    return "\n".join(parts)


def cell(markdown: str) -> str:
    """Write one cell: the best bold, the gain in the colour of better or worse (its sign says the same)."""
    match = CELL.fullmatch(markdown)
    if match is None:
        return html.text(_plain(markdown))
    value = match["value"]
    best = value.startswith("**")
    shown = f"<b>{html.text(value.strip('*'))}</b>" if best else html.text(value)
    gain = match["gain"] or ""
    kind = {"+": "up", "-": "down"}.get(gain[:1], "even") if re.search("[1-9]", gain) else "even"
    return (
        shown + html.text(match["spread"] or "") + (f' <span class="{kind}">({html.text(gain)})</span>' if gain else "")
    )


def _plain(markdown: str) -> str:
    return re.sub(r"\\([\\|*_`<>])", r"\1", markdown)
