"""Answers what is asked for: which rows of which tables, of which datasets, with which seeds. Functions only."""


def seeds_of(method, table):
    """Seeds a table wants of a method: one where the seed changes nothing."""
    if load_method_once(method).is_deterministic:
        return [0]
    return range(load_table(table).seeds or config["seeds"])


def tables_of(dataset):
    """The tables of config.yaml that a dataset is studied for."""
    return [name for name, t in TABLES.items() if t.dataset in ("", dataset)]


def action_trained(method, action):
    """The action in the path of a method's weights: ``all`` where one network serves every action."""
    return "all" if load_method_once(method).training == "all" else action


def has_pictures(dataset):
    """Whether a dataset's pictures are there to be seen."""
    settings = DATASETS[dataset]
    found = settings.pictures == "found" and Path(settings.root, "frames").is_dir()
    return settings.pictures == "always" or found


@functools.cache
def lacks(dataset, method):
    """Say what a method needs and a dataset has not, in words for a table's footnote; empty if it can be run."""
    settings, seen = DATASETS[dataset], load_method_once(method).input
    if seen.joint_dims == 3 and not settings.pose_3d:
        return "needs 3D keypoints"
    if seen.looks and not has_pictures(dataset):
        return "needs pictures"
    if (
        seen.looks
        and not seen.pictures.trained
        and seen.pictures.backbone not in config["backbones"]
    ):
        return f"needs a backbone {seen.pictures.backbone} in config.yaml"
    return ""


def decodes(dataset):
    """Whether anybody looks at a dataset's frames: its pose estimator, or a row of a table."""
    rows = {m for name in tables_of(dataset) for m in rows_of_table(dataset, name)}
    looked_at = any(load_method_once(m).input.looks for m in rows)
    return looked_at or needs_pictures(DATASETS[dataset].pose)


def left_out(dataset, table, method):
    """Say why a table has no row of a method on a dataset; empty if it has."""
    damaged = load_table(table).protocol == la2ds_config.DAMAGED
    if damaged and load_method_once(method).input.looks:
        return "sees pictures, which nobody damaged"
    return lacks(dataset, method)


def rows_of_table(dataset, table):
    """A table's methods that a dataset has the input for."""
    return [m for m in load_table(table).methods if not left_out(dataset, table, m)]


def absent_rows(wildcards):
    """A table's other methods, with the reason, as `la2ds table` wants them."""
    reasons = {
        m: left_out(wildcards.dataset, wildcards.table, m)
        for m in load_table(wildcards.table).methods
    }
    return [f"{method}={reason}" for method, reason in reasons.items() if reason]


def absent_options(wildcards):
    """The command line of `absent_rows`."""
    rows = absent_rows(wildcards)
    return ["--absent", *rows] if rows else []


def metrics_of(dataset, tables, protocols=()):
    """Metric files of a dataset that tables are made of; of all protocols, or of some."""
    scored = {
        (load_table(name).protocol, method, seed)
        for name in tables
        for method in rows_of_table(dataset, name)
        for seed in seeds_of(method, name)
    }
    return [
        f"results/{dataset}/{scores_of(protocol)}/{method}/{action}/seed{seed}.csv"
        for protocol, method, seed in sorted(scored)
        if not protocols or protocol in protocols
        for action in DATASETS[dataset].actions
    ]


def scores_of(protocol):
    """The folder of a protocol's metric files, below that of the dataset."""
    damaged = protocol == la2ds_config.DAMAGED
    return la2ds_config.DAMAGED if damaged else f"metrics/{protocol}"


def metrics_of_table(wildcards):
    """A table's metric files, beside which lies what they are made of."""
    return metrics_of(wildcards.dataset, [wildcards.table])


def embeddings_of_table(wildcards):
    """Embeddings whose cost a table tells; none for other tables."""
    table = load_table(wildcards.table)
    if all(column.metric != "cost" for column in table.columns):
        return []
    folder = scores_of(table.protocol)
    files = metrics_of(wildcards.dataset, [wildcards.table])
    return [
        file.replace(folder, "embeddings", 1).removesuffix(".csv") + ".parquet"
        for file in files
    ]


def rows_file(wildcards):
    """The table whose rows a table without its own takes."""
    own = load_settings("tables", wildcards.table).methods
    return [] if own else [f"config/tables/{config['rows']}.yaml"]


def rows_options(wildcards, input):
    """The command line of `rows_file`."""
    return ["--rows", *input.rows] if input.rows else []


def metrics_of_dataset(wildcards):
    """Metric files of every method that a table of config.yaml asks for, each with that table's protocol.

    Not of studies among them, which have seeds of their own and gather their own, unless there is nothing else.
    """
    tables = tables_of(wildcards.dataset)
    shared = [name for name in tables if name not in STUDIES]
    return metrics_of(wildcards.dataset, shared or tables)


def metrics_of_study(wildcards):
    """Metric files of a table about one dataset."""
    return metrics_of(wildcards.dataset, [wildcards.study])


def protocols_in_use(dataset):
    """Protocols a dataset's tables are scored with, on whole keypoints."""
    used = {load_table(name).protocol for name in tables_of(dataset)}
    return sorted(used - {la2ds_config.DAMAGED})


def metrics_of_protocol(wildcards):
    """Metric files of one protocol."""
    return metrics_of(
        wildcards.dataset, tables_of(wildcards.dataset), [wildcards.protocol]
    )


def tasks_of_table(wildcards):
    """The task CSVs a table is made of: those of its dataset, or its own where it is a study."""
    folder = Path("results", wildcards.dataset)
    if wildcards.table in STUDIES:
        folder = folder / "studies" / wildcards.table
    return [str(folder / f"{task}.csv") for task in TASKS]


def named_table(wildcards):
    """The files of a table about one dataset, under the names that make_table gives them."""
    dataset = load_table(wildcards.study).dataset
    made = f"results/tables/{wildcards.study}_{dataset}"
    return {"csv": f"{made}.csv", "markdown": f"{made}.md", "latex": f"{made}.tex"}


def table_methods(wildcards):
    """Method files of a table's rows, which hold the rows' labels.

    Metrics are gathered for the tables that config.yaml names, so another one would come out without its rows, unless
    it is a study, which gathers its own.
    """
    if wildcards.table not in {*TABLES, *STUDIES}:
        raise WorkflowError(
            f"{CONFIG_FILE}: expected 'tables' to name {wildcards.table}, found {', '.join(TABLES)}"
        )
    return [
        f"config/methods/{method}.yaml"
        for method in load_table(wildcards.table).methods
    ]


def requested_files(wildcards):
    """Everything config.yaml asks for."""
    files = ["results/report.html"]
    files += [f"results/tables/{name}.md" for name in TABLES if name in STUDIES]
    for dataset in config["datasets"]:
        files += [f"results/tables/{name}_{dataset}.md" for name in tables_of(dataset)]
        if decodes(dataset):
            files.append(f"results/{dataset}/quarantine.csv")
        if config["tracking"]:
            files += [
                f"results/{dataset}/tracking_{protocol}.json"
                for protocol in protocols_in_use(dataset)
            ]
    return files


def show_tables():
    """Say where the tables lie."""
    made = [
        f"results/tables/{table}_{dataset}.md"
        for dataset in config["datasets"]
        for table in tables_of(dataset)
    ]
    made += [f"results/tables/{name}.md" for name in TABLES if name in STUDIES]
    made = [path for path in made if Path(path).is_file()]
    if made:
        print(
            "Tables (beside each .md a .csv and a .tex; results/report.html shows all):",
            *made,
            sep="\n  ",
            file=sys.stderr,
        )
