"""Make a table of methods against metrics, never typed by hand: ``python -m la2ds table``.

In: a table file, the method files, the metrics files of its rows, and for intervals and costs what lies beside them and
beside the trained weights. Out: the same table as CSV (full precision, one cell a line), Markdown and LaTeX. The
first block is the unweighted mean over actions, then come its intervals, one block per action, and what others report.
"""

import argparse
import dataclasses
import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from la2ds.config import ColumnConfig, MethodConfig, TableConfig, load, load_method
from la2ds.errors import InputError, with_nearest
from la2ds.formats.files.storage import atomic_path, write_text
from la2ds.formats.labels import LABELS_SCHEMA
from la2ds.formats.quarantine import read_entry
from la2ds.formats.results.runs import read_runs
from la2ds.report.tables.cells import Cell, Table, make_blocks
from la2ds.report.tables.cost import COST, cost_rows, has_cost
from la2ds.report.tables.cost import VARIANTS as COSTS
from la2ds.report.tables.intervals import Found, find_units, read_columns, with_intervals
from la2ds.report.tables.notes import make_notes
from la2ds.report.tables.reported import Reported, read_reported, reported_notes, reported_rows
from la2ds.report.tables.results import read_results, read_scores
from la2ds.report.tables.text import to_latex, to_markdown
from la2ds.report.tables.training import training_notes

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("--table", type=Path, required=True, help="a file of config/tables")
    parser.add_argument("--methods-dir", type=Path, required=True, help="folder of the method files")
    parser.add_argument("--dataset", required=True, help="name of the dataset")
    parser.add_argument("--results", type=Path, help="folder of all results, for intervals and what training took")
    parser.add_argument("--labels", type=Path, help="labels.parquet of the dataset")
    parser.add_argument("--actions", nargs="*", default=[], help="actions of the dataset")
    parser.add_argument(
        "--seeds", type=int, default=1, help="runs of a method on an action, where the table does not say"
    )
    files = "task CSVs, evaluated.csv among them, to read instead of the metrics files below --results"
    parser.add_argument("--inputs", type=Path, nargs="*", default=[], help=files)
    parser.add_argument("--rows", type=Path, nargs="?", help="table whose rows and notes one without rows takes")
    parser.add_argument("--reported", type=Path, help="numbers from the literature, config/reported.csv")
    parser.add_argument("--absent", nargs="*", default=[], help="method=reason: rows the dataset has no input for")
    parser.add_argument("--csv", type=Path, required=True, help="CSV to write")
    parser.add_argument("--markdown", type=Path, required=True, help="Markdown to write")
    parser.add_argument("--latex", type=Path, required=True, help="LaTeX to write; needs booktabs and graphicx")


def main(args: argparse.Namespace) -> None:
    """Read, average, write three times."""
    config = take_rows(load(TableConfig, args.table), args.rows)
    absent = read_absent(args.absent, config)
    config = dataclasses.replace(config, methods=tuple(m for m in config.methods if m not in absent))
    check_table(config, args.table)
    methods = {name: load_method(args.methods_dir / f"{name}.yaml") for name in (*absent, *config.methods)}
    reasons = {methods[name].label: reason for name, reason in absent.items()}
    config = dataclasses.replace(config, notes=(*left_out(reasons), *config.notes))
    labels = {name: methods[name].label for name in config.methods}
    results, unlisted = read_inputs(args, config, methods)
    config = dataclasses.replace(config, notes=(*unlisted, *config.notes))
    found: Found = {}
    if args.results is not None:
        steps = {name: methods[name].optimiser.steps for name in labels}
        lenders = {name: methods[name].weights for name in labels if methods[name].weights}
        runs = read_runs(args.results, args.dataset, dict.fromkeys([*labels, *lenders.values()]))
        trained = training_notes(results, runs=runs, labels=labels, steps=steps)
        files = find_units(results, config=config, root=args.results, dataset=args.dataset)
        without = [labels[m] for m in labels if not all(path.is_file() for path in files.get(m, []))]
        lacking = [f"No intervals, since nothing says what the metrics are made of: {', '.join(without)}."]
        config = dataclasses.replace(config, notes=(*trained, *(lacking if without else []), *config.notes))
        found = read_columns({m: paths for m, paths in files.items() if labels[m] not in without}, config)
        if has_cost(config):
            cost = cost_rows(results, runs=runs, root=args.results, dataset=args.dataset, lenders=lenders)
            results = pd.concat([results, cost], ignore_index=True)
    check_variants(config, args.table, results)
    reported = read_reported(args.reported, args.dataset) if args.reported else []
    table = make_table(results, config=config, dataset=args.dataset, labels=labels, found=found, reported=reported)
    with atomic_path(args.csv) as temporary:
        to_frame(table).to_csv(temporary, index=False)
    write_text(args.markdown, to_markdown(table))
    write_text(args.latex, to_latex(table))
    for note in table.notes:
        log.info("%s", note)


def read_inputs(
    args: argparse.Namespace, config: TableConfig, methods: Mapping[str, MethodConfig]
) -> tuple[pd.DataFrame, list[str]]:
    """Read the results, and say how many clips nobody could score.

    Raises:
        InputError: if it is not said where they are, or they are not there.
    """
    if args.inputs:
        return read_results(args.inputs, dataset=args.dataset, config=config), []
    if not (args.results and args.labels and args.actions):
        expected = "task CSVs, or else --results, --labels and --actions"
        raise InputError("--inputs", expected=expected, found="neither")
    where = {"dataset": args.dataset, "actions": args.actions, "seeds": args.seeds}
    results = read_scores(args.results, args.labels, config=config, methods=methods, **where)
    left_out = len(read_entry(args.labels, schema=LABELS_SCHEMA))
    return results, [f"Clips that index left out: {left_out}; quarantine.csv says why."] if left_out else []


def take_rows(config: TableConfig, rows: Path | None) -> TableConfig:
    """Give a table without rows of its own the rows and the notes of another, of which it is a part."""
    if config.methods or rows is None:
        return config
    whole = load(TableConfig, rows)
    return dataclasses.replace(config, methods=whole.methods, notes=(*config.notes, *whole.notes))


def read_absent(words: Iterable[str], config: TableConfig) -> dict[str, str]:
    """Read ``method=reason`` pairs.

    Raises:
        InputError: if a pair has no reason or names no row.
    """
    absent = {}
    for word in words:
        method, _, reason = word.partition("=")
        if not reason or method not in config.methods:
            expected = f"method=reason with a method among {', '.join(config.methods)}"
            raise InputError("--absent", expected=expected, found=repr(word))
        absent[method] = reason
    return absent


def left_out(reasons: dict[str, str]) -> list[str]:
    """Name the rows that are not there, by reason."""
    groups: dict[str, list[str]] = {}
    for label, reason in reasons.items():
        groups.setdefault(reason, []).append(label)
    parts = [f"{', '.join(labels)} ({reason})" for reason, labels in groups.items()]
    return [f"Rows left out on this dataset: {'; '.join(parts)}."] if parts else []


def check_table(config: TableConfig, file: str | Path) -> None:
    """Refuse a reference that is no row, and a table without rows or columns.

    Raises:
        InputError: naming the table file.
    """
    if not config.methods or not config.columns:
        raise InputError(file, expected="at least one method and one column", found="none")
    if config.reference and config.reference not in config.methods:
        raise InputError(file, expected=f"'reference' among {', '.join(config.methods)}", found=config.reference)


def check_variants(config: TableConfig, file: str | Path, results: pd.DataFrame) -> None:
    """Refuse a column of what nobody scores; a dash is for what is scored and not defined.

    Raises:
        InputError: naming the column, and what there is.
    """
    for column in config.columns:
        known = COSTS if column.metric == COST else set(results.variant[results.metric == column.metric])
        if not known:
            expected = f"column {column.label!r} of a metric that protocol {config.protocol} scores"
            raise InputError(file, expected=expected, found=f"{column.metric}, of which there is no result")
        if column.variant not in known:
            expected = f"'variant' of column {column.label!r} among {', '.join(sorted(known))}"
            raise InputError(file, expected=expected, found=with_nearest(column.variant, known))


def make_table(
    results: pd.DataFrame,
    *,
    config: TableConfig,
    dataset: str,
    labels: dict[str, str],
    found: Found | None = None,
    reported: Sequence[Reported] = (),
) -> Table:
    """Average over actions and seeds, and compare with the reference row.

    Args:
        results: the rows of ``read_results``.
        config: the table.
        dataset: its name.
        labels: method -> name in print.
        found: what the numbers are made of; without it there are no intervals.
        reported: numbers from the literature.
    """
    blocks = make_blocks(results, config)
    if found:
        blocks = with_intervals(blocks, found, config=config)
    source = ", ".join(sorted(set(results.label_source)))
    rows, sources = reported_rows(reported, config.columns)
    notes = (*make_notes(results, config=config, labels=labels, blocks=blocks), *reported_notes(sources))
    return Table(config, dataset, labels, blocks, notes, source, rows)


def to_frame(table: Table) -> pd.DataFrame:
    """Lay the cells out one a line, in full precision and in the units of the metrics files."""
    lines = [
        _line(table, block, method, column, cells[method, index])
        for block, cells in table.blocks.items()
        for method in table.labels
        for index, column in enumerate(table.config.columns)
    ]
    return pd.DataFrame(lines)


def _line(table: Table, block: str, method: str, column: ColumnConfig, cell: Cell) -> dict[str, object]:
    return {
        "dataset": table.dataset,
        "protocol": table.config.protocol,
        "action": block,
        "method": method,
        "label": table.labels[method],
        "metric": column.metric,
        "variant": column.variant,
        "column": column.label,
        "value": cell.value,
        "spread": cell.spread,
        "seeds": cell.seeds,
        "gain": cell.gain,
        "low": cell.low,
        "high": cell.high,
        **{f"p_{method}": cell.p.get(method, math.nan) for method in table.config.against},
        **{f"holm_{method}": cell.holm.get(method, math.nan) for method in table.config.against},
        "n": cell.n,
        "dropped": cell.dropped,
        "label_source": table.label_source,
    }
