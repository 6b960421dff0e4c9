"""The notes below a table: how to read it, where it comes from, and everything that was left out."""

import math

import pandas as pd

from la2ds.config import TableConfig
from la2ds.evaluation.resampling import LEVEL, RESAMPLES
from la2ds.report.tables.cells import ALL, MEAN, Blocks
from la2ds.report.tables.intervals import ALPHA, MARKS

SIGN = "which is the difference, its sign turned where less is good"


def make_notes(
    results: pd.DataFrame, *, config: TableConfig, labels: dict[str, str], blocks: Blocks
) -> tuple[str, ...]:
    """Write the notes, those of the table file last.

    Args:
        results: the rows the table is made of, with the ``videos`` rows of ``evaluated.csv``.
        config: the table.
        labels: method -> name in print.
        blocks: its cells.
    """
    return (
        _reading(config, labels, blocks),
        *_certainty(config, labels, blocks),
        f"Phase labels: {', '.join(sorted(set(results['label_source'])))}. Protocol: {config.protocol}.",
        *_videos(results, labels),
        _seeds(results, labels),
        _commits(results, labels),
        *_together(results, labels),
        *_incomplete(results, labels),
        *_missing(config, labels, blocks),
        *_dropped(config, labels, blocks),
        *config.notes,
    )


def _reading(config: TableConfig, labels: dict[str, str], blocks: Blocks) -> str:
    count = len(blocks) - 1
    spread = any(cell.seeds > 1 for cell in blocks[MEAN].values())
    return (
        f"Unweighted mean over {count} action{'s' * (count != 1)}"
        + ("; ± sample standard deviation over seeds" if spread else "")
        + (f"; in parentheses the gain over {labels[config.reference]}, {SIGN}" if config.reference else "")
        + "."
    )


def _certainty(config: TableConfig, labels: dict[str, str], blocks: Blocks) -> list[str]:
    """Say what intervals and marks are."""
    cells = blocks[MEAN]
    notes = []
    if any(not math.isnan(cell.low) for of_block in blocks.values() for cell in of_block.values()):
        notes.append(
            f"{LEVEL:.0%} intervals".replace("%", " %")
            + f": other draws of each action's validation videos ({RESAMPLES:,} bootstrap resamples) for the networks "
            "trained here; what other seeds would change is not in them."
        )
    tests = {a: sum(a in cell.p for cell in cells.values()) for a in config.against}
    marks = [
        f"{mark} better than {labels[a]} ({tests[a]} tests)"
        for a, mark in zip(config.against, MARKS, strict=False)
        if tests[a]
    ]
    if marks:
        notes.append(
            f"{', '.join(marks)}: in the mean over actions and by more than chance (t-test, standard errors "
            "by paired bootstrap over validation videos, "
            f"two-sided, Holm-corrected over rows and columns, {ALPHA:.0%}); without a mark it was not shown.".replace(
                "%", " %"
            )
        )
    return notes


def _group(values: dict[str, str], labels: dict[str, str], *, between: str = "; ") -> str:
    """Say a value once if all methods share it, else name the methods of each."""
    if len(set(values.values())) == 1:
        return next(iter(values.values()))
    groups: dict[str, list[str]] = {}
    for method in labels:
        if method in values:
            groups.setdefault(values[method], []).append(labels[method])
    return between.join(f"{value} ({', '.join(names)})" for value, names in groups.items())


def _videos(results: pd.DataFrame, labels: dict[str, str]) -> list[str]:
    """Count the videos scored, per action; methods that saw other videos are named."""
    rows = results[results["metric"] == "videos"]
    if rows.empty:
        return ["Videos: not counted, since no evaluated.csv was given."]
    parts, absent = [], []
    for action, of_action in rows.groupby("action"):
        counts, dropped = {}, {}
        for method, rows_of_method in of_action.groupby("method"):
            counts[str(method)] = "/".join(
                _per_seed(rows_of_method[rows_of_method["variant"] == f"split={s}"]["value"]) for s in ("train", "val")
            )
            dropped[str(method)] = str(int(rows_of_method.groupby("seed")["dropped"].sum().max()))
        parts.append(f"{action} {_group(counts, labels, between=', ')}")
        if set(dropped.values()) != {"0"}:
            absent.append(f"{action} {_group(dropped, labels, between=', ')}")
    notes = [f"Videos scored, train/val: {'; '.join(parts)}."]
    return notes + ([f"Videos without an embedding, not scored: {'; '.join(absent)}."] if absent else [])


def _per_seed(values: pd.Series) -> str:
    low, high = int(values.min()), int(values.max())
    return str(low) if low == high else f"{low}-{high}"


def _seeds(results: pd.DataFrame, labels: dict[str, str]) -> str:
    by_method = {str(m): sorted(set(rows["seed"])) for m, rows in results.groupby("method")}
    runs = {m: f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds" for m, seeds in by_method.items()}
    return f"Runs of each action: {_group(runs, labels)}."


def _commits(results: pd.DataFrame, labels: dict[str, str]) -> str:
    commits = {
        str(m): ", ".join(sorted({c or "unknown" for c in of_method["commit"]}))
        for m, of_method in results.groupby("method")
    }
    different = len(set(results["commit"])) > 1
    return f"{'Rows come from different commits' if different else 'Commit'}: {_group(commits, labels)}."


def _together(results: pd.DataFrame, labels: dict[str, str]) -> list[str]:
    methods = set(results[results["action"] == ALL]["method"])
    names = [name for method, name in labels.items() if method in methods]
    return [f"One model for all actions: {', '.join(names)}."] if names else []


def _incomplete(results: pd.DataFrame, labels: dict[str, str]) -> list[str]:
    """Name the seeds that the mean leaves out, since they lack an action."""
    single_actions = results[results["action"] != ALL]
    actions = set(single_actions["action"])
    notes = []
    for method, name in labels.items():
        for seed, rows_of_seed in single_actions[single_actions["method"] == method].groupby("seed"):
            lacking = sorted(actions - set(rows_of_seed["action"]))
            if lacking:
                notes.append(f"Not in the mean: {name}, seed {seed}, which has no {', '.join(lacking)}.")
    return notes


def _missing(config: TableConfig, labels: dict[str, str], blocks: Blocks) -> list[str]:
    """Give the reason of each dash, no result or a value that is not defined, once for rows with the same dashes."""
    told: dict[str, list[str]] = {}
    for method, name in labels.items():
        for reason, absent in (("no result", True), ("not defined", False)):
            places = []
            for block, cells in blocks.items():
                columns = [
                    column.label
                    for index, column in enumerate(config.columns)
                    if math.isnan(cells[method, index].value) and (cells[method, index].seeds == 0) == absent
                ]
                if columns:
                    listed = "all columns" if len(columns) == len(config.columns) else ", ".join(columns)
                    places.append(f"{listed} ({block})")
            everywhere = len(places) == len(blocks) and all(p.startswith("all columns") for p in places)
            if places:
                told.setdefault(f"{reason}: {'everywhere' if everywhere else '; '.join(places)}", []).append(name)
    return [f"–: {', '.join(names)}, {what}." for what, names in told.items()]


def _dropped(config: TableConfig, labels: dict[str, str], blocks: Blocks) -> list[str]:
    """Give the counts of what the metrics left out or replaced; la2ds/evaluation/metrics says what that is for each."""
    told: dict[str, list[str]] = {}
    for index, column in enumerate(config.columns):
        counts = {}
        for method in labels:
            cells = [cells[method, index] for block, cells in blocks.items() if block != MEAN]
            cells = cells if any(c.seeds for c in cells) else [blocks[MEAN][method, index]]
            n, dropped = sum(c.n for c in cells), sum(c.dropped for c in cells)
            if any(c.seeds for c in cells):
                counts[method] = f"{dropped} beside {n} counted" if dropped else "0"
        if set(counts.values()) - {"0"}:
            told.setdefault(_group(counts, labels), []).append(column.label)
    return [f"Dropped or imputed in {', '.join(columns)}: {what}." for what, columns in told.items()]
