"""A whole study: everything that config.yaml asks for."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from la2ds.config import TASKS, as_dict
from la2ds.errors import InputError, with_nearest
from la2ds.formats import layout
from la2ds.formats.files.storage import write_text
from la2ds.plan.code import PACKAGE, code_of
from la2ds.plan.digests import digest
from la2ds.plan.pages import Pages
from la2ds.plan.settings import names
from la2ds.plan.videos import Wildcards


class Study(Pages):
    """Answers the rules: its methods are their input functions and parameters.

    Args:
        config: content of config.yaml.
        indexed: dataset -> path of its videos.csv; while that is not made yet it may raise whatever makes its caller
            ask again later, as Snakemake's checkpoints do.
        dry_run: whether the plan is only looked at.
        schemas: folder of the JSON schemas; default: that of the repository.

    Raises:
        InputError: if any settings file that the study needs is wrong.
    """

    def requested_files(self, wildcards: object) -> list[str]:
        """List everything config.yaml asks for."""
        files = [layout.REPORT]
        files += [f"{file}.md" for file in self._tables_asked()]
        for dataset in self.config["datasets"]:
            files += [layout.path(layout.QUARANTINE, dataset=dataset), *self.task_files(dataset)]
            if self.config["tracking"]:
                protocols = self.protocols_in_use(dataset)
                files += [self._recorded(dataset, protocol) for protocol in protocols]
        return files

    def check_target(self, target: str) -> None:
        """Refuse a table that no rule makes, naming the nearest: Snakemake says only that no rule makes it.

        Raises:
            InputError: naming the table that was perhaps meant.
        """
        asked = re.fullmatch(r"results/tables/(\w+)\.(?:csv|md|tex)", target)
        damaged = (f"{table}_{dataset}_robustness" for table in names("tables") for dataset in names("datasets"))
        known = {*self.named_tables, *damaged}
        if asked and asked[1] not in known:
            expected = "a name of config/tables, with _ and one of config/datasets behind it unless its file names that"
            own = [table for table, about in self.studies.items() if asked[1] == f"{table}_{about.dataset}"]
            found = f"'{asked[1]}', which is called {own[0]}" if own else with_nearest(asked[1], sorted(known))
            raise InputError(target, expected=expected, found=found)

    def tables_made(self) -> list[str]:
        """List the tables of config.yaml that are made, as Markdown."""
        return [f"{file}.md" for file in self._tables_asked() if Path(f"{file}.md").is_file()]

    def dataset_file(self, wildcards: Wildcards) -> str:
        """Write the dataset's settings, overrides included, to results/{dataset}/dataset.yaml and give its path.

        The path never changes, so what runs again is decided by digests; the file is written when its content differs,
        and never by a dry run, which may look at other settings while a study is under way.
        """
        path = Path(layout.path(layout.SETTINGS, dataset=wildcards.dataset))
        # JSON is YAML, and needs no quoting rules.
        text = json.dumps(as_dict(self.datasets[wildcards.dataset]), indent=2) + "\n"
        if not self.dry_run and (not path.is_file() or path.read_text(encoding="utf-8") != text):
            write_text(path, text)
        return str(path)

    def code(self, verb: str) -> str:
        """Digest the modules that decide what a cheap verb writes: its command line does not change when they do."""
        return digest([hashlib.sha256((PACKAGE.parent / file).read_bytes()).hexdigest() for file in code_of(verb)])

    def _recorded(self, dataset: str, protocol: str) -> str:
        """Give the stamp of runs recorded in MLflow; one that says they were not is removed: they are recorded now."""
        path = Path(layout.path(layout.TRACKED, dataset=dataset, protocol=protocol))
        if not self.dry_run and path.is_file() and '"skipped"' in path.read_text(encoding="utf-8", errors="replace"):
            path.unlink()
        return str(path)

    def _tables_asked(self) -> list[str]:
        """List the tables of config.yaml: of each of its datasets, and those about another one."""
        about_one = [(name, table.dataset) for name, table in self.tables.items() if table.dataset]
        of_each = [(name, dataset) for dataset in self.config["datasets"] for name in self.tables_of(dataset)]
        return list(dict.fromkeys(self.table_file(*pair) for pair in [*of_each, *about_one]))


def wildcard_constraints(study: Study) -> dict[str, Any]:
    """Say what wildcards may be, so that each path comes apart in one way only."""
    any_name = dict.fromkeys(("shard", "pose", "heatmap", "picture_spec", "method", "action", "protocol"), "[a-z0-9_]+")
    return any_name | {
        # Broken ones too: whoever asks for them is told why.
        "dataset": "|".join([*study.datasets, *study.datasets.broken]),
        "table": "|".join(names("tables")),
        "name": "|".join(study.named_tables),
        "task": "|".join(TASKS.values()),
        "seed": "[0-9]+",
    }
