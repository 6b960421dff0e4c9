"""HTML of the report: one file with everything inside, light and dark, readable on a phone, and without its script."""

import base64
import html
import io
import json
import re
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from PIL import Image

from la2ds.errors import InputError

LARGE = 1_000_000  # bytes of a picture
PNG = b"\x89PNG\r\n\x1a\n"
SCRIPTS = ("drawing.js", "scrubber.js", "page.js")
DATA = re.compile(r'<script type="application/json">(.*)</script>')
# No request may leave the page, whatever a name or a note should hold.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="$policy">
<link rel="icon" href="data:,">
<title>$title</title>
<style>
$css</style>
</head>
<body>
<header>
<h1>$title</h1>
</header>
<nav>$links</nav>
<main>
$body
</main>
<footer>$footer</footer>
<script>
$script</script>
</body>
</html>
""")


def page(title: str, sections: Sequence[tuple[str, str, str]], footer: str) -> str:
    """Put (anchor, heading, HTML) sections on a page; what is before a colon in a heading names a group of them."""
    body = "\n".join(
        f'<section id="{a}">\n<h2>{text(heading)}</h2>\n{inner}\n</section>' for a, heading, inner in sections
    )
    css, *scripts = (
        files("la2ds.report.page").joinpath(name).read_text(encoding="utf-8") for name in ("page.css", *SCRIPTS)
    )
    return PAGE.substitute(
        title=text(title),
        policy=POLICY,
        css=css,
        links=_links(sections),
        body=body,
        footer=text(footer),
        script="\n".join(scripts),
    )


def _links(sections: Sequence[tuple[str, str, str]]) -> str:
    """Write a link to each section, behind the name of its group."""
    links, last = [], ""
    for anchor, heading, _ in sections:
        group, _, name = heading.rpartition(": ")
        if group and group != last:
            links.append(f"<b>{text(group)}</b>")
        links.append(f'<a href="#{anchor}">{text(name)}</a>')
        last = group
    return "".join(links)


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


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, highlighted: Sequence[int] = (), words: bool = False
) -> str:
    """Write a table that scrolls by itself on a narrow screen.

    Args:
        header: headings, escaped here.
        rows: cells as HTML.
        highlighted: numbers of the rows that stand out.
        words: cells hold sentences and not numbers.
    """
    head = "".join(f"<th>{text(h)}</th>" for h in header)
    lines = [
        f"<tr{' class=own' if n in highlighted else ''}>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
        for n, row in enumerate(rows)
    ]
    body = "\n".join(lines)
    kind = ' class="words"' if words else ""
    return f'<div class="scroll"><table{kind}>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>'


def together(inner: str) -> str:
    """Put tables under one field that filters their rows."""
    return f'<div class="tables">\n{inner}\n</div>'


def folded(summary: str, inner: str) -> str:
    """Hide something behind one line until it is opened."""
    return f"<details><summary>{text(summary)}</summary>{inner}</details>"


def parts(pairs: Iterable[tuple[str, str]]) -> str:
    """Put (heading, HTML) below each other; of several, each can be folded away, and all but the first are."""
    sections = list(pairs)
    if len(sections) < 2:
        return "".join(heading(name) + inner for name, inner in sections)
    return "\n".join(
        f'<details class="part"{" open" if n == 0 else ""}><summary>{text(name)}</summary>{inner}</details>'
        for n, (name, inner) in enumerate(sections)
    )


def contents(links: Iterable[tuple[str, str]]) -> str:
    """Link to (anchor, name) places below."""
    return '<p class="contents">' + " · ".join(f'<a href="#{a}">{text(name)}</a>' for a, name in links) + "</p>"


def figure(path: Path, caption: str, *, anchor: str = "", name: str = "") -> str:
    """Put a picture into the page, and for dark pages its partner ``*_dark.png``; under a heading where it has a name.

    Raises:
        InputError: if one is missing or is no PNG.
    """
    light, dark = _embedded(path), _embedded(path.with_name(f"{path.stem}_dark.png"))
    source = f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">'
    image = f'<img alt="{text(caption)}" src="{light}">'
    inner = f"<picture>{source}{image}</picture><figcaption>{text(caption)}</figcaption>"
    return f'<figure id="{anchor}"><h4>{text(name)}</h4>{inner}</figure>' if name else f"<figure>{inner}</figure>"


def scrubber(scenes: Sequence[dict[str, Any]], caption: str, *, anchor: str, name: str = "") -> str:
    """Put clips in step under sliders; ``scrubber.js`` says what a scene holds."""
    # Nothing inside may end the script, or begin a comment.
    data = json.dumps(scenes, separators=(",", ":"), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    heading = f"<h4>{text(name)}</h4>" if name else ""
    script = f'<script type="application/json">{data}</script><noscript>This needs JavaScript.</noscript>'
    return f'<figure class="scrubber" id="{anchor}">{heading}{script}<figcaption>{text(caption)}</figcaption></figure>'


def read_scenes(path: Path) -> list[dict[str, Any]]:
    """Read the scenes of a page of ``la2ds draw_clips``.

    Raises:
        InputError: if it is missing or is none.
    """
    try:
        data = DATA.search(path.read_text(encoding="utf-8"))
        scenes: list[dict[str, Any]] = json.loads(data[1]) if data else []
    except (OSError, ValueError) as error:
        found = getattr(error, "strerror", None) or str(error)
        raise InputError(path, expected="a page of clips", found=found) from error
    if not scenes:
        raise InputError(path, expected="a page of clips", found="something else")
    return scenes


def _embedded(path: Path) -> str:
    """Read a PNG as an address that holds it; a large one, which holds photographs, as WebP, a tenth of its size."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(path, expected="a PNG", found=error.strerror or str(error)) from error
    if not content.startswith(PNG):
        raise InputError(path, expected="a PNG", found="something else")
    kind = "png"
    if len(content) > LARGE:
        file = io.BytesIO()
        Image.open(io.BytesIO(content)).convert("RGB").save(file, "WEBP", quality=85)
        kind, content = "webp", file.getvalue()
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
