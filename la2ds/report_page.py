"""HTML of the report: one file with everything inside, no script, light and dark, readable on a phone."""

import base64
import html
from collections.abc import Sequence
from pathlib import Path
from string import Template

from la2ds.errors import InputError

PNG = b"\x89PNG\r\n\x1a\n"
CSS = """
:root { --ink: #1f2937; --soft: #6b7280; --line: #e2e5ea; --ground: #ffffff; --card: #f3f5f8; --up: #0b5fa5;
  --down: #b34700; color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e5e7eb; --soft: #9aa3b2; --line: #2f3642; --ground: #14171d; --card: #232a35; --up: #7cc0f5;
    --down: #f5a068; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 74rem; padding: 1.2rem; color: var(--ink); background: var(--ground);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0.4rem 0; }
h2 { font-size: 1.3rem; margin: 2.2rem 0 0.6rem; padding-top: 0.6rem; border-top: 2px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.6rem 0 0.4rem; }
a { color: var(--up); }
nav { display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; }
p, li { overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.86rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.28rem 0.6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { color: var(--soft); font-weight: 600; }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: var(--ground); }
tr.own td { background: var(--card); }
.up, .down, .even { font-size: 0.8em; }
.up { color: var(--up); }
.down { color: var(--down); }
figure { margin: 1rem 0; overflow-x: auto; }
figure img { display: block; width: 100%; min-width: 32rem; height: auto; padding: 8px; background: #ffffff;
  border: 1px solid var(--line); border-radius: 8px; }
figure.wide img { max-width: 56rem; }
figcaption { margin-top: 0.3rem; position: sticky; left: 0; }
figcaption, .notes, footer { color: var(--soft); font-size: 0.86rem; }
.lead { background: var(--card); border-radius: 8px; padding: 0.7rem 1rem; }
details { margin: 0.5rem 0; }
summary { cursor: pointer; }
footer { margin-top: 2rem; }
@media (max-width: 40rem) {
  body { padding: 0.7rem; }
  table { font-size: 0.78rem; }
  th, td { padding: 0.22rem 0.4rem; }
}
"""
PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>$css</style>
</head>
<body>
<header>
<h1>$title</h1>
<nav>$links</nav>
</header>
<main>
$body
</main>
<footer>$footer</footer>
</body>
</html>
""")


def page(title: str, sections: Sequence[tuple[str, str, str]], footer: str) -> str:
    """Put (anchor, heading, HTML) sections on a page."""
    links = "".join(f'<a href="#{anchor}">{text(heading)}</a>' for anchor, heading, _ in sections)
    body = "\n".join(
        f'<section id="{a}">\n<h2>{text(heading)}</h2>\n{inner}\n</section>' for a, heading, inner in sections
    )
    return PAGE.substitute(title=text(title), css=CSS, links=links, body=body, footer=text(footer))


def text(value: str) -> str:
    """Escape for HTML."""
    return html.escape(value)


def heading(value: str) -> str:
    """Write a heading inside a section."""
    return f"<h3>{text(value)}</h3>"


def paragraph(value: str, *, kind: str = "") -> str:
    """Write a paragraph, of a CSS class if given."""
    return f'<p class="{kind}">{text(value)}</p>' if kind else f"<p>{text(value)}</p>"


def notes(lines: Sequence[str]) -> str:
    """Write small lines as a list."""
    return '<ul class="notes">' + "".join(f"<li>{text(line)}</li>" for line in lines) + "</ul>"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, own: Sequence[int] = ()) -> str:
    """Write a table that scrolls by itself on a narrow screen.

    Args:
        header: headings, escaped here.
        rows: cells as HTML.
        own: numbers of the rows that stand out.
    """
    head = "".join(f"<th>{text(h)}</th>" for h in header)
    lines = [
        f"<tr{' class=own' if n in own else ''}>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
        for n, row in enumerate(rows)
    ]
    body = "\n".join(lines)
    return f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>'


def folded(summary: str, inner: str) -> str:
    """Hide something behind one line until it is asked for."""
    return f"<details><summary>{text(summary)}</summary>{inner}</details>"


def figure(path: Path, caption: str, *, wide: bool = False) -> str:
    """Put a PNG into the page.

    Raises:
        InputError: if there is no such file or it is no PNG.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(path, expected="a PNG", found=error.strerror or str(error)) from error
    if not content.startswith(PNG):
        raise InputError(path, expected="a PNG", found="something else")
    data = base64.b64encode(content).decode("ascii")
    kind = ' class="wide"' if wide else ""
    image = f'<img alt="{text(caption)}" src="data:image/png;base64,{data}">'
    return f"<figure{kind}>{image}<figcaption>{text(caption)}</figcaption></figure>"
