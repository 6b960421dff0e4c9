"""Tables, figures, quality of the poses and provenance on one page: ``python -m la2ds report``.

In: what the other verbs left below ``results/``, under the names the workflow gives. Out: one HTML file that holds all.
"""

import argparse
import csv
import logging
from pathlib import Path

from la2ds.config import TableConfig, load
from la2ds.errors import InputError
from la2ds.formats import layout
from la2ds.formats.check import CHECK_COLUMNS, PROBLEMS, some_of
from la2ds.formats.files.parquet import read_metadata
from la2ds.formats.files.storage import write_text
from la2ds.formats.labels import LABELS_SCHEMA
from la2ds.formats.results.provenance import commit_id
from la2ds.formats.results.runs import read_runs
from la2ds.pose.quality import ALL
from la2ds.pose.quality import COLUMNS as QUALITY_COLUMNS
from la2ds.report.figures import FIGURES, About
from la2ds.report.page import html
from la2ds.report.page import runs as report_runs
from la2ds.report.page import tables as report_tables
from la2ds.report.tables.verb import take_rows

log = logging.getLogger(__name__)
LEAD = (
    "A method gives every frame of a video a vector. The tables say how well these vectors tell the phases of an "
    "action apart, and how well they bring two videos of it in step. Compare every method with the clock, “Control: "
    "time”: it matches frames by the share of the video that is over, and scores high without looking at anything. In "
    "parentheses is how much better a method is than the clock. Controls learn nothing; shaded rows are methods."
)
POSES = "A validation clip of each action: {what}, and the heatmaps the network sees of them."
HIDDEN = "Of {dataset} only skeletons are shown (skeletons_only): no frame of its videos is in this file."
WITH_TRUTH = (
    "PCK@α: share of joints within α times the larger side of the person's box, which is the tight box around the true "
    "joints of the frame (Yang & Ramanan 2013). A missing joint counts as wrong. Error and confidence are over the "
    "joints found."
)
WITHOUT_TRUTH = (
    "There is no truth to hold these poses against, so PCK and error are empty. Confidence is over the joints found."
)
STANDS_OUT = (
    "{count} of {total} clips that were checked by their poses may not show the movement of the others of their action "
    "once, from start to end. They took part all the same. Look at them: up to one in ten clips that do belong is "
    "named, too, and a mirror image is no fault where people move either side."
)
LISTED = 200  # quarantined clips named on the page; the CSV has them all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--results", type=Path, required=True, help="folder of the results")
    parser.add_argument("--datasets", nargs="+", required=True, help="names of the datasets, in order")
    parser.add_argument("--tables", type=Path, nargs="+", required=True, help="files of config/tables, in order")
    parser.add_argument("--rows", type=Path, nargs="?", help="table file whose rows a table without rows takes")
    parser.add_argument("--studies", type=Path, nargs="*", default=[], help="tables (Markdown) of other datasets")
    parser.add_argument("--skeletons-only", nargs="*", default=[], help="datasets of which no frame may be shown")
    parser.add_argument("--output", type=Path, required=True, help="HTML to write")


def main(args: argparse.Namespace) -> None:
    """Write the page."""
    tables = {path.stem: take_rows(load(TableConfig, path), args.rows) for path in args.tables}
    sections = [("about", "What this is", html.paragraph(LEAD, kind="lead"))]
    sources = []
    for dataset in args.datasets:
        sections += dataset_sections(args.results, dataset, tables, hidden=dataset in args.skeletons_only)
        sources.append(f"{dataset}: {label_source(args.results, dataset)}")
    if args.studies:
        printed = [report_tables.read_table(path) for path in args.studies]
        sections.append(("studies", "other tables", html.parts(map(report_tables.to_html, printed))))
    footer = f"Phase labels come from: {'; '.join(sources)}. Page made by la2ds at commit {commit_id()}."
    write_text(args.output, html.page("LA2DS report", sections, footer))
    log.info("%s: %d datasets, %d tables", args.output, len(args.datasets), len(tables))


def label_source(results: Path, dataset: str) -> str:
    """Say who set a dataset's phase labels; ``none`` where nobody did."""
    return read_metadata(layout.below(results, layout.LABELS, dataset=dataset), schema=LABELS_SCHEMA)["label_source"]


def dataset_sections(
    results: Path, dataset: str, tables: dict[str, TableConfig], *, hidden: bool = False
) -> list[tuple[str, str, str]]:
    """Write (anchor, heading, HTML) of each part of a dataset; where its people are hidden, the page says so."""
    tables = {name: table for name, table in tables.items() if table.dataset in ("", dataset)}
    printed = [
        report_tables.read_table(layout.below(results, f"{layout.TABLE}.md", name=printed_name))
        for printed_name in (layout.table_name(name, dataset, table.dataset) for name, table in tables.items())
    ]
    methods = list(dict.fromkeys(method for table in tables.values() for method in table.methods))
    parts = {
        "tables": html.parts(map(report_tables.to_html, printed)),
        "figures": figures(results, dataset, tables),
        "poses": poses(results, dataset, hidden=hidden),
        "clips": quarantine(layout.below(results, layout.QUARANTINE, dataset=dataset))
        + checked(layout.below(results, layout.CHECK, dataset=dataset)),
        "provenance": report_runs.to_html(read_runs(results, dataset, methods)),
    }
    return [(f"{dataset}-{name.split()[0]}", f"{dataset}: {name}", inner) for name, inner in parts.items()]


def figures(results: Path, dataset: str, tables: dict[str, TableConfig]) -> str:
    """Put a dataset's pictures on the page, those of each table together, behind links to them."""
    parts = []
    labelled = label_source(results, dataset) != "none"
    for name in [name for name, table in tables.items() if table.figures]:
        links, shown = [], []
        for kind, about in FIGURES.items():
            path = layout.below(results, f"{layout.FIGURE}{about.suffix}", table=name, dataset=dataset, kind=kind)
            wanted = {"robustness": bool(tables[name].robustness), "confusion": labelled}.get(kind)
            # Where no row can be shown damaged keypoints, or no probe is asked for, there is no such picture.
            if wanted is None or (wanted and path.is_file()):
                anchor = f"{dataset}-{name}-{kind}"
                links.append((anchor, about.title))
                shown.append(_figure(path, about, anchor, labelled=labelled))
        parts.append((f"Table {name}", html.contents(links) + "".join(shown)))
    return html.parts(parts)


def _figure(path: Path, about: About, anchor: str, *, labelled: bool) -> str:
    caption = f"{about.caption} {about.marks if labelled else ''}".strip()
    if about.suffix == ".png":
        return html.figure(path, caption, anchor=anchor, name=about.title)
    return html.scrubber(html.read_scenes(path), caption, anchor=anchor, name=about.title)


def poses(results: Path, dataset: str, *, hidden: bool) -> str:
    """Show poses, and say how good they are."""
    content = "the skeletons found" if hidden else "the poses found, on the frames where there are any"
    shown = html.figure(layout.below(results, f"{layout.POSES}.png", dataset=dataset), POSES.format(what=content))
    note = html.paragraph(HIDDEN.format(dataset=dataset)) if hidden else ""
    return note + shown + quality(layout.below(results, layout.KEYPOINT_QUALITY, dataset=dataset))


def quality(path: Path) -> str:
    """Write the quality of the poses, per action and then per group of joints."""
    rows = read_rows(path, QUALITY_COLUMNS)
    shown = [row for row in rows if row["joint"] == ALL or row["action"] == ALL]
    header = ["Action", "Joints", "PCK@0.1", "PCK@0.2", "Mean error", "Missing", "Confidence", "Joints counted"]
    cells = [
        [
            html.text("all actions" if row["action"] == ALL else row["action"]),
            html.text(row["joint"]),
            *(_percent(row[key]) for key in ("pck_10", "pck_20")),
            f"{float(row['mean_error_px']):.1f} px" if row["mean_error_px"] else "–",
            _percent(row["missing"]),
            f"{float(row['confidence']):.2f}" if row["confidence"] else "–",
            f"{int(row['n']):,}",
        ]
        for row in shown
    ]
    reading = WITH_TRUTH if any(row["pck_10"] for row in rows) else WITHOUT_TRUTH
    pose = rows[0]["pose"] if rows else "none"
    return html.paragraph(f"Poses: {pose}.") + html.together(html.table(header, cells)) + html.notes([reading])


def _percent(share: str) -> str:
    return f"{100 * float(share):.1f} %" if share else "–"


def quarantine(path: Path) -> str:
    """Count and list the clips that were set aside."""
    rows = read_rows(path, ["video_id", "source", "stage", "reason"])
    if not rows:
        return html.paragraph("No clip was set aside.")
    count = f"{len(rows)} {'clip was' if len(rows) == 1 else 'clips were'} set aside and took no part."
    more = [f"{len(rows) - LISTED} more stand in {path.name}."] if len(rows) > LISTED else []
    cells = [[html.text(value) for value in row.values()] for row in rows[:LISTED]]
    listed = html.together(html.table(["Video", "File", "Stage", "Reason"], cells, words=True))
    return html.paragraph(count) + listed + html.notes(more)


def checked(path: Path) -> str:
    """Say which clips do not show the movement of the others of their action, once."""
    rows = read_rows(path, ["action", *CHECK_COLUMNS])
    names: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row["problem"]:
            names.setdefault((row["action"], row["problem"]), []).append(row["video"])
    if not names:
        return html.paragraph(f"{len(rows)} clips were checked by their poses: none stands out from its action.")
    count = sum(map(len, names.values()))
    cells = [
        [html.text(action), html.text(PROBLEMS[problem]), str(len(own)), html.text(some_of(own))]
        for (action, problem), own in sorted(names.items())
    ]
    table = html.together(html.table(["Action", "What was found", "Clips", "Which"], cells, words=True))
    return html.paragraph(STANDS_OUT.format(count=count, total=len(rows))) + table


def read_rows(path: Path, columns: list[str]) -> list[dict[str, str]]:
    """Read a CSV of known columns as text.

    Raises:
        InputError: if it is missing or has other columns.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            rows, found = list(reader), list(reader.fieldnames or [])
    except OSError as error:
        raise InputError(path, expected="a CSV table", found=error.strerror or str(error)) from error
    if found != columns:
        raise InputError(path, expected=f"columns {', '.join(columns)}", found=", ".join(found) or "an empty file")
    return rows
