"""Answers what is asked for: which rows of which tables, of which datasets, with which seeds. Functions only."""


def seeds_of(dataset, method):
    """Seeds a method is run with: as many as the tables with it ask for, one where the seed changes nothing."""
    if load_method_once(method).is_deterministic:
        return [0]
    tables = [load_table(name) for name in tables_of(dataset)]
    asked = [t.seeds or config["seeds"] for t in tables if method in t.methods]
    return range(max(asked, default=config["seeds"]))


@functools.cache
def tables_of(dataset):
    """Tables that a dataset is studied for: config.yaml's, and those about this dataset alone.

    A dataset that config.yaml does not name is studied for its own tables only, if it has any.
    """
    own = [name for name, table in STUDIES.items() if table.dataset == dataset]
    if own and dataset not in config["datasets"]:
        return own
    return [name for name in TABLES if name not in STUDIES] + own


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


def rows_of_table(dataset, table):
    """A table's methods that a dataset has the input for."""
    return [m for m in load_table(table).methods if not lacks(dataset, m)]


def absent_rows(wildcards):
    """A table's other methods, with the reason, as `la2ds table` wants them."""
    reasons = {
        m: lacks(wildcards.dataset, m) for m in load_table(wildcards.table).methods
    }
    return [f"{method}={reason}" for method, reason in reasons.items() if reason]


def absent_options(wildcards):
    """The command line of `absent_rows`."""
    rows = absent_rows(wildcards)
    return ["--absent", *rows] if rows else []


def metrics_of(dataset, scored):
    """Metric files of a dataset for pairs of protocol and method."""
    return [
        f"results/{dataset}/metrics/{protocol}/{method}/{action}/seed{seed}.csv"
        for protocol, method in scored
        for action in DATASETS[dataset].actions
        for seed in seeds_of(dataset, method)
    ]


def scored_methods(dataset):
    """Pairs of protocol and method that the tables ask for."""
    pairs = {
        (load_table(name).protocol, method)
        for name in tables_of(dataset)
        for method in rows_of_table(dataset, name)
    }
    return sorted(pairs)


def metrics_of_dataset(wildcards):
    """Metric files of every method that a table asks for, each with that table's protocol."""
    return metrics_of(wildcards.dataset, scored_methods(wildcards.dataset))


def protocols_in_use(dataset):
    """Protocols a dataset's tables are scored with."""
    return sorted({load_table(name).protocol for name in tables_of(dataset)})


def metrics_of_protocol(wildcards):
    """Metric files of one protocol."""
    scored = scored_methods(wildcards.dataset)
    return metrics_of(
        wildcards.dataset, [pair for pair in scored if pair[0] == wildcards.protocol]
    )


def table_methods(wildcards):
    """Method files of a table's rows, which hold the rows' labels.

    Metrics are gathered for the tables a dataset is studied for, so another one would come out without its rows.
    """
    studied = tables_of(wildcards.dataset)
    if wildcards.table not in studied:
        raise WorkflowError(
            f"{CONFIG_FILE}: expected 'tables' to name {wildcards.table}, found {', '.join(studied)}"
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


def check_executor():
    """Say it in words when there is no SLURM to send jobs to, before every job fails for it."""
    plugin = workflow.executor_plugin
    if plugin is not None and plugin.name == "slurm" and shutil.which("sbatch") is None:
        raise WorkflowError(
            "profile slurm sends jobs with sbatch, and there is no sbatch on this machine: start it on a machine "
            "that submits to SLURM, or leave --profile slurm away to run here"
        )


def show_tables():
    """Say where the tables lie."""
    made = [
        f"results/tables/{table}_{dataset}.md"
        for dataset in config["datasets"]
        for table in tables_of(dataset)
    ]
    made = [path for path in made if Path(path).is_file()]
    if made:
        print(
            "Tables (beside each .md a .csv and a .tex; results/report.html shows all):",
            *made,
            sep="\n  ",
            file=sys.stderr,
        )
