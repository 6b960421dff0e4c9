"""What figures and the report are made of."""

from la2ds.errors import InputError
from la2ds.formats import layout
from la2ds.plan.inputs import Inputs
from la2ds.plan.videos import Video, Wildcards
from la2ds.report.figures import FIGURES

# Actions and clips that are shown one by one; more would fill a page that nobody reads to its end.
SHOWN_ACTIONS, SHOWN_CLIPS = 4, 12
RECOMMENDED = "la2ds_align"


class Pages(Inputs):
    """Input files of figures and the report."""

    def pose_of(self, wildcards: Wildcards) -> str:
        """Give the pose source the dataset file names."""
        return self.datasets[wildcards.dataset].pose

    def keypoints_folder(self, wildcards: Wildcards) -> str:
        """Give the folder of a dataset's keypoint shards: a command line would not hold thousands of paths."""
        pose = self.datasets[wildcards.dataset].pose
        return layout.path(layout.KEYPOINTS, dataset=wildcards.dataset, pose=pose, shard="").rpartition("/")[0]

    def true_poses(self, wildcards: Wildcards) -> list[str]:
        """Give true poses: the generator's, where an estimator's are compared with them."""
        dataset = self.datasets[wildcards.dataset]
        known = dataset.reader == "demo" and dataset.pose != "annotations"
        return [f"{layout.path(layout.SOURCE, dataset=wildcards.dataset)}/keypoints_2d.parquet"] if known else []

    def shows_pictures(self, dataset: str) -> bool:
        """Say whether frames may be shown: they are decoded, and skeletons are not all that may be shown."""
        hidden = self.config.get("skeletons_only", False) or self.datasets[dataset].skeletons_only
        return self.decodes(dataset) and not hidden

    def heatmap_in_use(self, dataset: str) -> str:
        """Name the heatmaps of the first method of a dataset's tables that is shown any; empty if none is."""
        for table in self.tables_of(dataset):
            for name in self.load_table(table).methods:
                needed = self.method(name).input
                if needed.uses_heatmaps:
                    return needed.heatmaps.name
        return ""

    def keypoints_of_poses(self, wildcards: Wildcards) -> list[str]:
        """List the keypoint shards of each action's first validation clip."""
        return self._keypoints(wildcards.dataset, self._shards_of_poses(wildcards.dataset))

    def heatmaps_of_poses(self, wildcards: Wildcards) -> list[str]:
        """List the heatmaps of the same clips, where any method is shown heatmaps."""
        dataset = wildcards.dataset
        pose, heatmap = self.datasets[dataset].pose, self.heatmap_in_use(dataset)
        return [
            layout.path(layout.HEATMAPS, dataset=dataset, pose=pose, heatmap=heatmap, shard=shard)
            for shard in (self._shards_of_poses(dataset) if heatmap else [])
        ]

    def frames_of_poses(self, wildcards: Wildcards) -> list[str]:
        """List the frames of the same clips, where they may be shown."""
        return self._frames(wildcards.dataset, self._shards_of_poses(wildcards.dataset))

    def keypoints_of_clips(self, wildcards: Wildcards) -> list[str]:
        """List the keypoint shards of the first validation clips of each action."""
        return self._keypoints(wildcards.dataset, self._shards_of_clips(wildcards.dataset))

    def frames_of_clips(self, wildcards: Wildcards) -> list[str]:
        """List the frames of the same clips, where they may be shown."""
        return self._frames(wildcards.dataset, self._shards_of_clips(wildcards.dataset))

    def _shards_of_poses(self, dataset: str) -> list[str]:
        return sorted({self._validation_rows(dataset, action, 1)[0].shard for action in self.actions(dataset)})

    def _shards_of_clips(self, dataset: str) -> list[str]:
        shards = set()
        for action in self.shown_actions(dataset):
            rows = sorted(self._validation_rows(dataset, action, 2), key=lambda row: row.video_id)
            shards |= {row.shard for row in rows[:SHOWN_CLIPS]}
        return sorted(shards)

    def _validation_rows(self, dataset: str, action: str, least: int) -> list[Video]:
        """Give an action's validation rows, or all of its rows where there are fewer than ``least``."""
        rows = self.rows_with(dataset, "action", action)
        validation = [row for row in rows if row.split == "val"]
        return validation if len(validation) >= least else rows

    def _keypoints(self, dataset: str, shards: list[str]) -> list[str]:
        pose = self.datasets[dataset].pose
        return [layout.path(layout.KEYPOINTS, dataset=dataset, pose=pose, shard=shard) for shard in shards]

    def _frames(self, dataset: str, shards: list[str]) -> list[str]:
        shown = shards if self.shows_pictures(dataset) else []
        return [layout.path(layout.FRAMES, dataset=dataset, shard=shard) for shard in shown]

    def trained_methods(self, dataset: str, table: str) -> list[str]:
        """List a table's methods that take training steps on a dataset, without those that borrow another's weights."""
        rows = [(name, self.method(name)) for name in self.rows_of(dataset, table)]
        return [name for name, m in rows if not m.is_control and not m.weights and m.optimiser.steps > 0]

    def training_files(self, dataset: str, table: str, methods: list[str], pattern: str) -> list[str]:
        """List a file of every training run of some of a table's methods."""
        return [
            layout.path(pattern, dataset=dataset, method=method, action=action, seed=seed)
            for method in methods
            for action in dict.fromkeys(self.action_trained(method, action) for action in self.actions(dataset))
            for seed in self.seeds(method, table)
        ]

    def runs_of_table(self, wildcards: Wildcards) -> list[str]:
        """List the run.json files of the trainings of a table's rows."""
        dataset, table = wildcards.dataset, wildcards.table
        return self.training_files(dataset, table, self.trained_methods(dataset, table), layout.RUN)

    def histories_of_table(self, wildcards: Wildcards) -> list[str]:
        """List the training curves of a table's methods."""
        dataset, table = wildcards.dataset, wildcards.table
        return self.training_files(dataset, table, self.trained_methods(dataset, table), layout.HISTORY)

    def shown_methods(self, dataset: str, table: str) -> list[str]:
        """List the rows that stand side by side in pictures.

        They are the reference, and the table's `shown`, else the recommended method and the first of its trained ones,
        three in all (more cannot be distinguished).
        """
        rows, settings = self.rows_of(dataset, table), self.load_table(table)
        named = [method for method in settings.shown if method in rows]
        trained = self.trained_methods(dataset, table)
        chosen = named or sorted(trained, key=lambda method: method != RECOMMENDED)[:3]
        return list(dict.fromkeys(filter(None, [settings.reference, *chosen])))

    def order_of_colours(self, wildcards: Wildcards) -> list[str]:
        """List a table's rows, the shown ones first, so that a method has one colour in all its pictures."""
        dataset, table = wildcards.dataset, wildcards.table
        rows = [*self.shown_methods(dataset, table), *self.rows_of(dataset, table)]
        return [row for row in dict.fromkeys(rows) if row != self.load_table(table).reference]

    def aligned_embeddings(self, wildcards: Wildcards) -> list[str]:
        """List embeddings of a table's shown methods, of their first seed."""
        return self._shown_embeddings(wildcards, self.actions(wildcards.dataset))

    def shown_embeddings(self, wildcards: Wildcards) -> list[str]:
        """List the same of the first few actions, where each takes much room."""
        return self._shown_embeddings(wildcards, self.shown_actions(wildcards.dataset))

    def _shown_embeddings(self, wildcards: Wildcards, actions: list[str]) -> list[str]:
        dataset = wildcards.dataset
        return [
            layout.path(layout.EMBEDDINGS, dataset=dataset, method=method, action=action, seed=0)
            for method in self.shown_methods(dataset, wildcards.table)
            for action in actions
        ]

    def shown_actions(self, dataset: str) -> list[str]:
        """List the actions whose clips are shown one by one."""
        return self.actions(dataset)[:SHOWN_ACTIONS]

    def protocol_of_table(self, wildcards: Wildcards) -> str:
        """Give the protocol a table is scored with."""
        return f"config/protocols/{self.load_table(wildcards.table).protocol}.yaml"

    def damaged_methods(self, dataset: str, table: str) -> list[str]:
        """List the methods a table names for damaged keypoints that can be run on keypoints alone."""
        named = self.load_table(table).robustness
        return [m for m in named if not self.lacks(dataset, m) and not self.method(m).input.uses_pictures]

    def damaged_metrics(self, wildcards: Wildcards) -> list[str]:
        """List scores on damaged keypoints of the methods a table names for it.

        Of their first seed, since there are eleven embeddings to make of every clip.

        Raises:
            InputError: if the table names none that the dataset has the keypoints for.
        """
        dataset, table = wildcards.dataset, wildcards.table
        methods = self.damaged_methods(dataset, table)
        if not methods:
            named = ", ".join(self.load_table(table).robustness) or "none"
            expected = f"'robustness' to name methods that are shown keypoints which {dataset} has, and no pictures"
            raise InputError(f"config/tables/{table}.yaml", expected=expected, found=named)
        return [
            layout.path(layout.DAMAGED_METRICS, dataset=dataset, method=method, action=action, seed=0)
            for method in methods
            for action in self.actions(dataset)
        ]

    def table_reference(self, wildcards: Wildcards) -> str:
        """Give the row a table counts its gains from."""
        return self.load_table(wildcards.table).reference

    def table_labels(self, wildcards: Wildcards) -> dict[str, str]:
        """Give the names in print of a table's methods."""
        return {name: self.method(name).label for name in self.load_table(wildcards.table).methods}

    def figures_of_table(self, dataset: str, table: str) -> list[str]:
        """List a table's pictures; none of a table that is a part of another."""
        if not self.load_table(table).figures:
            return []
        asked = {"robustness": self.damaged_methods(dataset, table), "confusion": self.probes(table)}
        names = [
            f"{kind}{dark}{about.suffix}"
            for kind, about in FIGURES.items()
            for dark in (("", "_dark") if about.suffix == ".png" else ("",))
            if asked.get(kind, True)
        ]
        return [layout.path(layout.FIGURE, table=table, dataset=dataset, kind=name) for name in names]

    def probes(self, table: str) -> list[str]:
        """List the classifiers that a table's protocol asks for: none where frames are not expected to have labels."""
        return list(self.load("protocols", self.load_table(table).protocol).classifiers)

    def hidden_datasets(self, wildcards: object) -> list[str]:
        """List the datasets of whose people only skeletons are shown."""
        return [d for d in self.config["datasets"] if self.decodes(d) and not self.shows_pictures(d)]

    def report_files(self, wildcards: object) -> list[str]:
        """List everything that the report shows."""
        return sorted({file for dataset in self.config["datasets"] for file in self._report_files(dataset)})

    def _report_files(self, dataset: str) -> list[str]:
        files = [
            layout.path(pattern, dataset=dataset)
            for pattern in (layout.LABELS, layout.KEYPOINT_QUALITY, layout.CHECK, layout.QUARANTINE)
        ]
        files += [f"{layout.path(layout.POSES, dataset=dataset)}{dark}.png" for dark in ("", "_dark")]
        for table in self.tables_of(dataset):
            files.append(f"{self.table_file(table, dataset)}.md")
            files += self.figures_of_table(dataset, table)
            rows = [(name, self.method(name)) for name in self.rows_of(dataset, table)]
            trained = [name for name, method in rows if not method.is_control and not method.weights]
            files += self.training_files(dataset, table, trained, layout.RUN)
        return files

    def other_studies(self, wildcards: object) -> list[str]:
        """List tables of config.yaml about a dataset that it does not name: no more of that dataset is shown."""
        return [
            f"{self.table_file(name, table.dataset)}.md"
            for name, table in self.tables.items()
            if table.dataset and table.dataset not in self.config["datasets"]
        ]

    def table_files(self, wildcards: object) -> list[str]:
        """List the table files in the report's order."""
        shown = [name for dataset in self.config["datasets"] for name in self.tables_of(dataset)]
        return [f"config/tables/{table}.yaml" for table in dict.fromkeys(shown)]
