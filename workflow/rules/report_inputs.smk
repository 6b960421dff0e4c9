"""Answers what the figures and the report ask. Functions only."""

# Actions and clips looked at one by one; more would fill a page that nobody reads to its end.
SHOWN_ACTIONS, SHOWN_CLIPS = 4, 12


def keypoints_of_dataset(wildcards):
    """Keypoint shards of all actions, of the pose the dataset file names."""
    dataset = DATASETS[wildcards.dataset]
    actions = dataset.actions
    shards = {s for action in actions for s in shards_with(wildcards.dataset, action)}
    folder = f"results/{wildcards.dataset}/keypoints/{dataset.pose}"
    return [f"{folder}/{shard}.parquet" for shard in sorted(shards)]


def keypoints_folder(wildcards):
    """Folder of these shards: a command line would not hold thousands of paths."""
    return f"results/{wildcards.dataset}/keypoints/{DATASETS[wildcards.dataset].pose}"


def pose_name(wildcards):
    """The estimator the dataset file names."""
    return DATASETS[wildcards.dataset].pose


def true_poses(wildcards):
    """True poses: the generator's, where somebody else estimated them."""
    dataset = DATASETS[wildcards.dataset]
    known = dataset.reader == "demo" and dataset.pose != "annotations"
    return f"results/{wildcards.dataset}/source/keypoints_2d.parquet" if known else []


def truth_options(wildcards, input):
    """The command line of `true_poses`."""
    return ["--truth", input.truth] if input.truth else []


def shown_shards(wildcards):
    """The shards of a few clips to show: that of each action's first val clip."""
    shards = []
    for action in DATASETS[wildcards.dataset].actions:
        rows = video_rows(wildcards.dataset, "action", action)
        val = [row for row in rows if row["split"] == "val"]
        shards.append((val or rows)[0]["shard"])
    return sorted(set(shards))


def shows_pictures(dataset):
    """Whether frames may be shown: they are decoded, and nobody asked for skeletons only."""
    hidden = config.get("skeletons_only", False) or DATASETS[dataset].skeletons_only
    return decodes(dataset) and not hidden


def heatmap_in_use(dataset):
    """The heatmaps of the first method of a dataset's tables that sees any, or None."""
    for table in tables_of(dataset):
        for method in map(load_method_once, load_table(table).methods):
            if method.input.draws:
                return method.input.heatmaps.name
    return None


def shown_poses(wildcards):
    """What a picture of poses is made of: keypoints, and heatmaps and frames as far as they may be shown."""
    root, pose = f"results/{wildcards.dataset}", DATASETS[wildcards.dataset].pose
    shards, spec = shown_shards(wildcards), heatmap_in_use(wildcards.dataset)
    files = {"keypoints": [f"{root}/keypoints/{pose}/{s}.parquet" for s in shards]}
    if spec:
        files["heatmaps"] = [f"{root}/heatmaps/{pose}/{spec}/{s}.npz" for s in shards]
    if shows_pictures(wildcards.dataset):
        files["frames"] = [f"{root}/frames/{s}.parquet" for s in shards]
    return files


def shown_poses_options(wildcards, input):
    """The command line of `shown_poses` and `shown_clips`."""
    options = []
    for name in ("keypoints", "heatmaps", "frames"):
        if input.get(name):
            options += [f"--{name}", *input[name]]
    return options


def trained_methods(dataset, table):
    """A table's methods that take training steps on a dataset, and not those that borrow another's weights."""
    rows = rows_of_table(dataset, table)
    methods = [(name, load_method_once(name)) for name in rows]
    return [
        name
        for name, m in methods
        if not m.is_control and not m.weights and m.optimiser.steps > 0
    ]


def runs_of(dataset, table, methods, file):
    """A file of every training run of some of a table's methods."""
    return [
        f"results/{dataset}/train/{method}/{action}/seed{seed}/{file}"
        for method in methods
        for action in dict.fromkeys(
            action_trained(method, action) for action in DATASETS[dataset].actions
        )
        for seed in seeds_of(method, table)
    ]


def runs_of_table(wildcards):
    """What the trainings of a table's rows say of themselves."""
    trained = trained_methods(wildcards.dataset, wildcards.table)
    return runs_of(wildcards.dataset, wildcards.table, trained, "run.json")


def histories_of_table(wildcards):
    """Training curves of a table's methods."""
    return runs_of(
        wildcards.dataset,
        wildcards.table,
        trained_methods(wildcards.dataset, wildcards.table),
        "history.csv",
    )


def shown_methods(dataset, table):
    """Rows that stand side by side in pictures: the reference, and the table's `shown`, else its first three trained
    methods (more cannot be told apart).
    """
    reference = load_table(table).reference
    rows = rows_of_table(dataset, table)
    named = [m for m in load_table(table).shown if m in rows]
    chosen = named or trained_methods(dataset, table)[:3]
    return list(dict.fromkeys(filter(None, [reference, *chosen])))


def order_of_colours(wildcards):
    """A table's rows, the shown ones first, so that a method has one colour in all its pictures."""
    dataset, table = wildcards.dataset, wildcards.table
    rows = [*shown_methods(dataset, table), *rows_of_table(dataset, table)]
    reference = load_table(table).reference
    return [row for row in dict.fromkeys(rows) if row != reference]


def aligned_embeddings(wildcards):
    """Embeddings of a table's shown methods, of their first seed."""
    return embeddings_shown(wildcards, DATASETS[wildcards.dataset].actions)


def shown_embeddings(wildcards):
    """The same of the first few actions, where each takes much room."""
    return embeddings_shown(wildcards, shown_actions(wildcards.dataset))


def embeddings_shown(wildcards, actions):
    """Embeddings of a table's shown methods, of some actions."""
    return [
        f"results/{wildcards.dataset}/embeddings/{method}/{action}/seed0.parquet"
        for method in shown_methods(wildcards.dataset, wildcards.table)
        for action in actions
    ]


def shown_actions(dataset):
    """The actions whose clips are looked at one by one."""
    return DATASETS[dataset].actions[:SHOWN_ACTIONS]


def shown_clips(wildcards):
    """What clips are shown from: keypoints, and frames where they may be seen, of the first val clips of each action."""
    dataset, shards = wildcards.dataset, set()
    for action in shown_actions(dataset):
        rows = video_rows(dataset, "action", action)
        val = [row for row in rows if row["split"] == "val"]
        chosen = sorted(val if len(val) > 1 else rows, key=lambda row: row["video_id"])
        shards |= {row["shard"] for row in chosen[:SHOWN_CLIPS]}
    folder, pose = f"results/{dataset}", DATASETS[dataset].pose
    files = {
        "keypoints": [f"{folder}/keypoints/{pose}/{s}.parquet" for s in sorted(shards)]
    }
    if shows_pictures(dataset):
        files["frames"] = [f"{folder}/frames/{s}.parquet" for s in sorted(shards)]
    return files


def protocol_of_table(wildcards):
    """The protocol a table is scored with."""
    return f"config/protocols/{load_table(wildcards.table).protocol}.yaml"


def damaged_methods(dataset, table):
    """The methods a table names for damaged keypoints that see the dataset's keypoints, and no pictures."""
    return [
        m
        for m in load_table(table).robustness
        if not lacks(dataset, m) and not load_method_once(m).input.looks
    ]


def robustness_of_table(wildcards):
    """Scores on damaged keypoints, of the methods a table names for it; of their first seed, since there are eleven
    embeddings to make of every clip.
    """
    table, dataset = load_table(wildcards.table), wildcards.dataset
    named = damaged_methods(dataset, wildcards.table)
    if not named:
        raise WorkflowError(
            f"config/tables/{wildcards.table}.yaml: expected 'robustness' to name methods that see keypoints "
            f"which {dataset} has, and no pictures, found {', '.join(table.robustness) or 'none'}"
        )
    return [
        f"results/{dataset}/robustness/{method}/{action}/seed0.csv"
        for method in named
        for action in DATASETS[dataset].actions
    ]


def table_reference(wildcards):
    """The row a table counts its gains from."""
    return load_table(wildcards.table).reference


def table_labels(wildcards):
    """Names in print of a table's methods."""
    methods = load_table(wildcards.table).methods
    return {method: load_method_once(method).label for method in methods}


def figures_of_table(dataset, table):
    """A table's pictures and its film; none of a table that is a part of another."""
    if not load_table(table).figures:
        return []
    kinds = ["gains", "alignment", "curves", "confusion", "map", "gallery"]
    if damaged_methods(dataset, table):
        kinds.append("robustness")
    base = f"results/figures/{table}_{dataset}"
    pictures = [f"{base}_{kind}{dark}.png" for kind in kinds for dark in ("", "_dark")]
    return [*pictures, f"{base}_clips.webm"]


def hidden_options(wildcards):
    """Datasets of whose people only skeletons are shown, for the report's command line."""
    hidden = [d for d in config["datasets"] if decodes(d) and not shows_pictures(d)]
    return ["--skeletons-only", *hidden] if hidden else []


def reported_files(wildcards):
    """Everything that stands in the report."""
    files = []
    for dataset in config["datasets"]:
        files.append(f"results/{dataset}/labels.parquet")
        files.append(f"results/{dataset}/keypoint_quality.csv")
        files.append(f"results/figures/{dataset}_poses.png")
        files.append(f"results/figures/{dataset}_poses_dark.png")
        if decodes(dataset):
            files.append(f"results/{dataset}/quarantine.csv")
        for name in tables_of(dataset):
            files.append(f"results/tables/{name}_{dataset}.md")
            if load_table(name).figures:
                files += figures_of_table(dataset, name)
            rows = [(m, load_method_once(m)) for m in rows_of_table(dataset, name)]
            trained = [n for n, m in rows if not m.is_control and not m.weights]
            files += runs_of(dataset, name, trained, "run.json")
    return sorted(set(files))


def other_studies(wildcards):
    """Tables of config.yaml about a dataset that it does not name: no more of that dataset is shown."""
    return [
        f"results/tables/{name}.md"
        for name, table in TABLES.items()
        if table.dataset and table.dataset not in config["datasets"]
    ]


def studies_options(wildcards, input):
    """The command line of `other_studies`."""
    return ["--studies", *input.studies] if input.studies else []


def rows_shared(wildcards):
    """The table whose rows some of config.yaml's tables take, if any does."""
    own = [load_settings("tables", name).methods for name in TABLES]
    return [] if all(own) else [f"config/tables/{config['rows']}.yaml"]


def table_files(wildcards):
    """The table files in the report's order."""
    shown = [name for dataset in config["datasets"] for name in tables_of(dataset)]
    return [f"config/tables/{table}.yaml" for table in dict.fromkeys(shown)]
