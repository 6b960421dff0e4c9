"""What a dataset holds, as far as that is known while a study is planned: its rows of videos.csv."""

import csv
import functools
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from sys import intern
from typing import Any, NamedTuple, Protocol

from la2ds.errors import InputError, with_nearest
from la2ds.formats import layout
from la2ds.plan.settings import Settings


class Video(NamedTuple):
    """A row of videos.csv, as it is written there."""

    video_id: str
    action: str
    split: str
    source: str
    frames: str
    fps: str
    width: str
    height: str
    shard: str


Rows = Mapping[str, list[Video]]


class Wildcards(Protocol):
    """Names of a job that its files' paths hold; each job has some of them."""

    dataset: str
    shard: str
    pose: str
    picture_spec: str
    method: str
    action: str
    protocol: str
    table: str
    name: str
    task: str
    seed: str


class Videos(Settings):
    """A study's settings and its datasets' videos."""

    def __init__(self, config: Mapping[str, Any], *, indexed: Callable[[str], str], dry_run: bool, **more: Any) -> None:
        """Keep how videos.csv is come by.

        Args:
            config: content of config.yaml.
            indexed: dataset -> path of its videos.csv; while that is not made yet it may raise whatever makes its
                caller ask again later, as Snakemake's checkpoints do.
            dry_run: whether the plan is only looked at.
            more: see ``Settings``.
        """
        super().__init__(config, **more)
        self.dry_run = dry_run
        self._indexed = indexed

    def videos_of(self, wildcards: Wildcards) -> str:
        """Give videos.csv as the checkpoint's output, so that nobody plans by an old one.

        Snakemake trusts digests of a first look at the plan unless an input says that the checkpoint comes first; a
        path written in the rule does not say so.
        """
        return self._indexed(wildcards.dataset)

    def rows_with(self, dataset: str, column: str, value: str) -> list[Video]:
        """Give the rows of an action (``all`` for every action) or of a shard.

        Raises:
            InputError: if there are none.
        """
        path = self._indexed(dataset)
        groups = read_rows(path, os.stat(path).st_mtime_ns)[column]
        if value not in groups:
            known = sorted(set(groups) - {"all"})
            advice = f", or 'actions' of config/datasets/{dataset}.yaml without it" if column == "action" else ""
            expected = f"{column} among {', '.join(known) or 'none'}{advice}"
            raise InputError(path, expected=expected, found=with_nearest(value, known))
        return groups[value]

    def shards_of(self, dataset: str, action: str) -> list[str]:
        """Give the names of an action's shards, sorted."""
        self.rows_with(dataset, "action", action)
        path = self._indexed(dataset)
        return list_shards(path, os.stat(path).st_mtime_ns, action)

    def shards_of_dataset(self, dataset: str) -> list[str]:
        """Give the names of a dataset's shards, sorted."""
        return sorted({shard for action in self.actions(dataset) for shard in self.shards_of(dataset, action)})

    def actions(self, dataset: str) -> list[str]:
        """List the actions that are studied: those of the dataset's file of which videos.csv has videos to train on.

        Readers list labelled videos, and nobody knows of which actions before the dataset is indexed: a run indexes it
        first and asks again, a dry run shows the jobs of all actions. The demo's clips are made as its file says.

        Raises:
            InputError: if there are videos of none.
        """
        wanted = list(self.datasets[dataset].actions)
        known = self.dry_run or self.datasets[dataset].reader == "demo"
        # Where there is an index, Snakemake looks at it first, and makes no plan that it has to make again.
        if known and not Path(layout.path(layout.VIDEOS, dataset=dataset)).is_file():
            return wanted
        path = self._indexed(dataset)
        found = read_rows(path, os.stat(path).st_mtime_ns)["action"]
        listed = [action for action in wanted if action in found]
        studied = [action for action in listed if any(row.split == "train" for row in found[action])]
        if not studied:
            of = "training videos" if listed else "videos"
            raise InputError(path, expected=f"{of} of actions {', '.join(listed or wanted)}", found="none")
        for kind, some in (("labelled", set(wanted) - set(listed)), ("training", set(listed) - set(studied))):
            if some:
                self.note(f"{path} has no {kind} videos of {', '.join(sorted(some))}: left out of tables and figures.")
        return studied


@functools.cache
def read_rows(path: str, mtime: int) -> dict[str, Rows]:
    """Read videos.csv once per version: column -> value -> its rows.

    Raises:
        InputError: if it has other columns.
    """
    groups: dict[str, dict[str, list[Video]]] = {"action": {}, "shard": {}}
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        if tuple(found := next(rows, [])) != Video._fields:
            raise InputError(path, expected=f"columns {', '.join(Video._fields)}", found=", ".join(found) or "none")
        for video_id, action, split, source, *rest in filter(None, rows):
            # The same few words stand in a million rows: kept once.
            row = Video(video_id, intern(action), intern(split), source, *map(intern, rest))
            groups["shard"].setdefault(row.shard, []).append(row)
            groups["action"].setdefault(row.action, []).append(row)
            # One model for every action: a run whose action is `all`.
            groups["action"].setdefault("all", []).append(row)
    return dict(groups)


@functools.cache
def list_shards(path: str, mtime: int, action: str) -> list[str]:
    """List an action's shards once per version of videos.csv: each of its runs asks for them several times."""
    return sorted({row.shard for row in read_rows(path, mtime)["action"][action]})
