"""Which rows of which tables are asked for, and the metrics files they are made of."""

import functools
import itertools
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

from la2ds.config import DAMAGED, TASKS, TableConfig
from la2ds.errors import InputError
from la2ds.formats import layout
from la2ds.plan.settings import CONFIG_FILE, names
from la2ds.plan.videos import Videos, Wildcards
from la2ds.pose.sources import SOURCES

# Says what was scored on what; every table has notes made of it.
EVALUATED = TASKS["videos"]
T = TypeVar("T")


class Rows(Videos):
    """What the tables of a study ask for."""

    @functools.cached_property
    def named_tables(self) -> dict[str, tuple[str, str]]:
        """Name of a table's files -> table and dataset; of all that can be asked for.

        Raises:
            InputError: if two tables would have files of one name.
        """
        # Broken ones, too: whoever asks for them is told why.
        named = {table: (table, "") for table in self.studies.broken}
        about = {table: settings.dataset for table, settings in self.studies.items()}
        for pair in itertools.product(names("tables"), names("datasets")):
            name = layout.table_name(*pair, about.get(pair[0], ""))
            if named.setdefault(name, pair) != pair:
                found = f"{name}.md to be table {' of dataset '.join(named[name])}, too"
                raise InputError(f"config/tables/{pair[0]}.yaml", expected="files of other names", found=found)
        return named

    def of_named(self, ask: Callable[[Any], T]) -> Callable[[Any], T]:
        """Turn what is asked of a table and a dataset into what is asked of a table's name."""

        def answer(wildcards: Wildcards) -> T:
            table, dataset = self.named_tables[wildcards.name]
            return ask(SimpleNamespace(table=table, dataset=dataset))

        return answer

    def table_file(self, table: str, dataset: str) -> str:
        """Give the path of a table of a dataset, without its ending."""
        name = layout.table_name(table, dataset, self.load_table(table).dataset)
        return layout.path(layout.TABLE, name=name)

    def table_csv(self, wildcards: Wildcards) -> str:
        """Give the CSV of a table of a dataset."""
        return f"{self.table_file(wildcards.table, wildcards.dataset)}.csv"

    def seeds(self, method: str, table: str) -> list[int]:
        """List the seeds a table wants of a method: one where the seed changes nothing."""
        return list(self.method(method).seeds(self.load_table(table).seeds or self.config["seeds"]))

    def tables_of(self, dataset: str) -> list[str]:
        """List the tables of config.yaml that a dataset is studied for."""
        return [name for name, table in self.tables.items() if table.dataset in ("", dataset)]

    def action_trained(self, method: str, action: str) -> str:
        """Give the action in the path of a method's weights: ``all`` where one network serves every action."""
        return "all" if self.method(method).training == "all" else action

    def needs_pictures(self, pose: str) -> bool:
        """Say whether an estimator needs frames; a dataset's own keypoints and poses that are files do not."""
        return SOURCES[pose].pictures

    def has_pictures(self, dataset: str) -> bool:
        """Say whether a dataset's pictures can be shown to methods."""
        settings = self.datasets[dataset]
        found = settings.pictures == "found" and Path(settings.root, "frames").is_dir()
        return settings.pictures == "always" or found

    def lacks(self, dataset: str, method: str) -> str:
        """Say what a method needs and a dataset has not, in words for a table's footnote; empty if it can be run."""
        settings, needed = self.datasets[dataset], self.method(method).input
        if needed.joint_dims == 3 and not settings.pose_3d:
            return "needs 3D keypoints"
        if needed.uses_pictures and not self.has_pictures(dataset):
            return "needs pictures"
        backbone = needed.pictures.backbone
        if needed.uses_pictures and not needed.pictures.trained and not self.config["backbones"].get(backbone):
            return f"needs a backbone {backbone} in config.yaml"
        return ""

    def decodes(self, dataset: str) -> bool:
        """Say whether anything needs a dataset's frames: its pose estimator, or a row of a table."""
        rows = {method for table in self.tables_of(dataset) for method in self.rows_of(dataset, table)}
        needed = any(self.method(method).input.uses_pictures for method in rows)
        return needed or self.needs_pictures(self.datasets[dataset].pose)

    def left_out(self, dataset: str, table: str, method: str) -> str:
        """Say why a table has no row of a method on a dataset; empty if it has."""
        if self.load_table(table).protocol == DAMAGED and self.method(method).input.uses_pictures:
            return "sees pictures, which nobody damaged"
        return self.lacks(dataset, method)

    def rows_of(self, dataset: str, table: str) -> list[str]:
        """List a table's methods that a dataset has the input for."""
        return [m for m in self.load_table(table).methods if not self.left_out(dataset, table, m)]

    def absent_rows(self, wildcards: Wildcards) -> list[str]:
        """List a table's other methods with the reason, as ``la2ds table`` wants them."""
        dataset, table = wildcards.dataset, wildcards.table
        reasons = {method: self.left_out(dataset, table, method) for method in self.load_table(table).methods}
        return [f"{method}={reason}" for method, reason in reasons.items() if reason]

    def metrics_files(self, dataset: str, tables: list[str], protocols: tuple[str, ...] = ()) -> list[str]:
        """List the metrics files of a dataset that tables are made of; of all protocols, or of some."""
        scored = {
            (self.load_table(table).protocol, method, seed)
            for table in tables
            for method in self.rows_of(dataset, table)
            for seed in self.seeds(method, table)
        }
        actions = self.actions(dataset)
        return [
            layout.path(layout.metrics_of(protocol), dataset=dataset, method=method, action=action, seed=seed)
            for protocol, method, seed in sorted(scored)
            if not protocols or protocol in protocols
            for action in actions
        ]

    def metrics_of_table(self, wildcards: Wildcards) -> list[str]:
        """List a table's metrics files, beside which lies what they are made of."""
        return self.metrics_files(wildcards.dataset, [wildcards.table])

    def gathered_tables(self, dataset: str) -> list[str]:
        """List the tables whose rows task files have: those about one dataset only where there are no others."""
        tables = self.tables_of(dataset)
        return [table for table in tables if table not in self.studies] or tables

    def task_files(self, dataset: str) -> list[str]:
        """List the task files that the tables of config.yaml have columns of."""
        tasks = {task for table in self.gathered_tables(dataset) for task in tasks_of(self.load_table(table))}
        return [layout.path(layout.TASK, dataset=dataset, task=task) for task in sorted(tasks)]

    def metrics_of_task(self, wildcards: Wildcards) -> list[str]:
        """List the metrics files of the tables of config.yaml that have a column of a task.

        Raises:
            InputError: if no table has such a column.
        """
        shared = self.gathered_tables(wildcards.dataset)
        chosen = [table for table in shared if wildcards.task in tasks_of(self.load_table(table))]
        if not chosen:
            expected = f"'tables' to name one with a column of {wildcards.task}"
            raise InputError(CONFIG_FILE, expected=expected, found=", ".join(shared) or "none")
        return self.metrics_files(wildcards.dataset, chosen)

    def metrics_of_protocol(self, wildcards: Wildcards) -> list[str]:
        """List the metrics files of one protocol."""
        return self.metrics_files(wildcards.dataset, self.tables_of(wildcards.dataset), (wildcards.protocol,))

    def protocols_in_use(self, dataset: str) -> list[str]:
        """List the protocols a dataset's tables are scored with, on whole keypoints."""
        used = {self.load_table(name).protocol for name in self.tables_of(dataset)}
        return sorted(used - {DAMAGED})

    def actions_studied(self, wildcards: Wildcards) -> list[str]:
        """List the actions whose scores a table shows."""
        return self.actions(wildcards.dataset)

    def runs_wanted(self, wildcards: Wildcards) -> int:
        """Give the runs that a table wants of a method on an action."""
        return int(self.load_table(wildcards.table).seeds or self.config["seeds"])

    def embeddings_of_table(self, wildcards: Wildcards) -> list[str]:
        """List the embeddings whose cost a table shows; none for other tables."""
        dataset, table = wildcards.dataset, wildcards.table
        if all(column.metric != "cost" for column in self.load_table(table).columns):
            return []
        return [
            layout.path(layout.EMBEDDINGS, dataset=dataset, method=method, action=action, seed=seed)
            for method in sorted(self.rows_of(dataset, table))
            for seed in self.seeds(method, table)
            for action in self.actions(dataset)
        ]

    def table_settings(self, wildcards: Wildcards) -> str:
        """Give the file of a table."""
        return f"config/tables/{wildcards.table}.yaml"

    def dataset_of_table(self, wildcards: Wildcards) -> str:
        """Give the dataset of a table of this name."""
        return wildcards.dataset

    def labels_of_table(self, wildcards: Wildcards) -> str:
        """Give the labels that a table's rows are scored by."""
        return layout.path(layout.LABELS, dataset=wildcards.dataset)

    def table_methods(self, wildcards: Wildcards) -> list[str]:
        """List the method files of a table's rows, which hold the rows' labels."""
        return [f"config/methods/{method}.yaml" for method in self.load_table(wildcards.table).methods]

    def rows_file(self, wildcards: Wildcards) -> list[str]:
        """Give the table whose rows a table without its own takes."""
        return [] if self.load("tables", wildcards.table).methods else [self.shared_rows]

    def rows_files(self, wildcards: object) -> list[str]:
        """Give the table whose rows some of config.yaml's tables take, if any does."""
        return [] if all(self.load("tables", name).methods for name in self.tables) else [self.shared_rows]

    @functools.cached_property
    def shared_rows(self) -> str:
        """The file of the table that config.yaml names under ``rows``."""
        return f"config/tables/{self.config['rows']}.yaml"


def tasks_of(table: TableConfig) -> list[str]:
    """List the tasks a table has columns of, and the one that says what was scored on what."""
    metrics = {column.metric for column in table.columns}
    return [task for metric, task in TASKS.items() if metric in metrics or task == EVALUATED]
