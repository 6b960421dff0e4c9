"""Which settings, rows and labels a job depends on: it runs again when those change, whatever else a file holds."""

import functools
import hashlib
import itertools
import json
import operator
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from la2ds.config import LABELLED_KINDS, EstimationConfig, as_dict, load_yaml, merge, method_files
from la2ds.formats import layout
from la2ds.plan.videos import Videos, Wildcards, read_rows
from la2ds.pose import sources


class Digests(Videos):
    """Short names that change with what a job depends on."""

    def demo_settings(self, wildcards: Wildcards) -> str:
        """Digest what the demo's clips depend on."""
        return self._settings(wildcards, ("reader", "root", "actions", "phases", "options"))

    def index_settings(self, wildcards: Wildcards) -> str:
        """Digest what the video and label tables depend on."""
        keys = ("reader", "root", "actions", "labels", "shard_size", "phases", "options")
        settings = self._settings(wildcards, keys)
        dataset = self.datasets[wildcards.dataset]
        if dataset.reader != "folder":
            return settings
        # Films are read to their end for the table, and one that is salvaged has another length.
        salvage = [["salvage"]] if dataset.frames.salvage else []
        return settings + digest(own_files(dataset.root) + salvage)

    def decode_settings(self, wildcards: Wildcards) -> str:
        """Digest what decoded frames depend on, beside the rows of the shard."""
        return self._settings(wildcards, ("reader", "root", "frames", "options"))

    def keypoint_settings(self, wildcards: Wildcards) -> str:
        """Digest what poses depend on, beside the rows of the shard; if they are files, sizes and dates of those."""
        settings = self._settings(wildcards, ("reader", "root", "options"))
        if self.datasets[wildcards.dataset].estimation != EstimationConfig():
            settings += self._settings(wildcards, ("estimation",))
        if sources.SOURCES[wildcards.pose].endings:
            settings += self._settings(wildcards, ("poses",))
            settings += digest(self._pose_file_states(wildcards))
        return settings

    def method_settings(self, wildcards: Wildcards) -> str:
        """Digest what a method's runs depend on: its file over its bases, without the words for people.

        The raw keys count, not the filled-in settings, so that a new setting with a default trains nothing again.
        """
        self.method(wildcards.method)
        return digest_method(wildcards.method)

    def training_settings(self, wildcards: Wildcards) -> str:
        """Digest the same, and how much of a training is done where that is not all.

        The command line says so, too, but Snakemake compares no parameter that is made of inputs.
        """
        share, settings = self.datasets[wildcards.dataset].steps, self.method_settings(wildcards)
        return settings if share == 1 else f"{settings}, {share} of the steps"

    def rows_of_shard(self, wildcards: Wildcards) -> str:
        """Digest a shard's rows of videos.csv."""
        self.rows_with(wildcards.dataset, "shard", wildcards.shard)
        path = self.videos_of(wildcards)
        return digest_rows(path, os.stat(path).st_mtime_ns, "shard", wildcards.shard)

    def rows_of_action(self, wildcards: Wildcards) -> str:
        """Digest an action's rows of videos.csv."""
        self.rows_with(wildcards.dataset, "action", wildcards.action)
        path = self.videos_of(wildcards)
        return digest_rows(path, os.stat(path).st_mtime_ns, "action", wildcards.action)

    def labels_of_action(self, wildcards: Wildcards) -> str:
        """Digest an action's labels, so that another action's labels do not score this one again."""
        self.rows_with(wildcards.dataset, "action", wildcards.action)
        videos, labels = self.videos_of(wildcards), layout.path(layout.LABELS, dataset=wildcards.dataset)
        versions = os.stat(videos).st_mtime_ns, os.stat(labels).st_mtime_ns
        return digest_labels(videos, labels, versions, wildcards.action)

    def labels_seen(self, wildcards: Wildcards) -> str:
        """Digest the labels that training sees: none, but for an upper bound."""
        return self.labels_of_action(wildcards) if self.is_upper_bound(wildcards) else ""

    def is_upper_bound(self, wildcards: Wildcards) -> bool:
        """Say whether a method is trained on human labels; no other may see them."""
        return self.method(wildcards.method).objective.kind in LABELLED_KINDS

    def _settings(self, wildcards: Wildcards, keys: tuple[str, ...]) -> str:
        content = as_dict(self.datasets[wildcards.dataset])
        return digest({key: content[key] for key in keys})

    def _pose_file_states(self, wildcards: Wildcards) -> list[list[object]]:
        """List the files with a shard's poses; people mend them while they study."""
        dataset = self.datasets[wildcards.dataset]
        folder = Path(dataset.root, dataset.poses.folder)
        rows = self.rows_with(wildcards.dataset, "shard", wildcards.shard)
        files = [file for row in rows for file in sources.pose_files(folder, wildcards.pose, row.source)]
        return sources.file_states(dict.fromkeys(files))


def digest(value: Any) -> str:
    """Shorten plain values to a name that changes with them."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:12]


def own_files(root: str) -> list[list[object]]:
    """List people's own videos and tables with sizes and dates, for they add and mend while they study."""
    files = sorted([*Path(root).glob("*.csv"), *Path(root).glob("*/*")])
    return sources.file_states(file for file in files if file.is_file())


@functools.cache
def files_of_method(name: str) -> tuple[str, ...]:
    """List a method's file and those it is based on, once per plan."""
    return tuple(str(file) for file in method_files(f"config/methods/{name}.yaml"))


@functools.cache
def digest_method(name: str) -> str:
    """Digest a method's raw keys, once per plan."""
    content: dict[str, Any] = {}
    for file in reversed(files_of_method(name)):
        content = merge(content, load_yaml(file))
    return digest({k: v for k, v in content.items() if k not in ("base", "label", "description")})


@functools.cache
def digest_rows(path: str, mtime: int, column: str, value: str) -> str:
    """Digest rows of videos.csv once per version: hundreds of jobs ask for those of the same action."""
    return digest(read_rows(path, mtime)[column][value])


@functools.cache
def digest_labels(videos: str, labels: str, versions: tuple[int, int], action: str) -> str:
    """Digest the labels of an action's videos once per version of the two files."""
    rows, phases = read_rows(videos, versions[0])["action"][action], digest_phases(labels, versions[1])
    return digest([[row.video_id, phases.get(row.video_id)] for row in rows])


@functools.cache
def digest_phases(path: str, mtime: int) -> dict[str, str]:
    """Read labels.parquet: video_id -> digest of its phases."""
    # Arrow takes a moment to import, and most plans never come here.
    from pyarrow import parquet

    file = parquet.ParquetFile(path)
    digests: dict[str, str] = {}
    source = (file.schema_arrow.metadata or {}).get(b"la2ds.label_source", b"")
    for video_id, pieces in itertools.groupby(_phases(file), key=operator.itemgetter(0)):
        phases = [phase for _, piece in pieces for phase in piece]
        digests[video_id] = hashlib.sha256(source + str(phases).encode()).hexdigest()[:12]
    return digests


def _phases(file: Any) -> Iterator[tuple[str, list[int]]]:
    """Give the phases of one video after the other, of some in two pieces; a large study has a hundred million."""
    from pyarrow import compute

    for batch in file.iter_batches(columns=["video_id", "phase"]):
        runs, phases = compute.run_end_encode(batch.column("video_id")), batch.column("phase").to_numpy().tolist()
        ends = runs.run_ends.to_pylist()
        for video_id, begin, end in zip(runs.values.to_pylist(), [0, *ends], ends, strict=False):
            yield video_id, phases[begin:end]
