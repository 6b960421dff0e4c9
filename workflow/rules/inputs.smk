"""Answers what the stages ask: which files, which options, which digests. Functions only."""

# Digests: a job runs again when the settings and rows it depends on change, and not when others of the file do.


def digest(value):
    """Shorten plain values to a name that changes with them."""
    return hashlib.sha256(
        json.dumps(value, sort_keys=True, default=str).encode()
    ).hexdigest()[:12]


def settings_digest(wildcards, keys):
    """Digest some keys of a dataset's settings."""
    content = la2ds_config.as_dict(DATASETS[wildcards.dataset])
    return digest({key: content[key] for key in keys})


def demo_settings(wildcards):
    """What the demo's clips depend on."""
    return settings_digest(
        wildcards, ("reader", "root", "actions", "phases", "options")
    )


def index_settings(wildcards):
    """What the video and label tables depend on."""
    keys = ("reader", "root", "actions", "labels", "shard_size", "phases", "options")
    return settings_digest(wildcards, keys)


def decode_settings(wildcards):
    """What decoded frames depend on, beside the rows of the shard."""
    return settings_digest(wildcards, ("reader", "root", "frames", "options"))


def keypoint_settings(wildcards):
    """What poses depend on, beside the rows of the shard."""
    return settings_digest(wildcards, ("reader", "root", "options"))


def method_settings(wildcards):
    """What a method's runs depend on: its file over its bases, without the words for people.

    The raw keys count, not the filled-in settings, so that a new setting with a default re-trains nothing.
    """
    method_of(wildcards)
    return digest_method(wildcards.method)


@functools.cache
def digest_method(name):
    """Digest a method's raw keys, once per plan."""
    content = {}
    for file in reversed(files_of_method(name)):
        content = la2ds_config.merge(content, la2ds_config.load_yaml(file))
    return digest(
        {k: v for k, v in content.items() if k not in ("base", "label", "description")}
    )


@functools.cache
def files_of_method(name):
    """List a method's file and those it is based on, once per plan."""
    files = la2ds_config.method_files(f"config/methods/{name}.yaml")
    return tuple(str(file) for file in files)


@functools.cache
def read_rows(path, mtime):
    """Read videos.csv once per version: column -> value -> its rows."""
    found = {"action": {}, "shard": {}}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for column, groups in found.items():
                groups.setdefault(row[column], []).append(row)
            # One model for every action: a run whose action is `all`.
            found["action"].setdefault("all", []).append(row)
    return found


def video_rows(dataset, column, value):
    """Give the rows of an action or a shard; Snakemake comes back later if the dataset is not indexed yet."""
    path = checkpoints.index_videos.get(dataset=dataset).output.videos
    groups = read_rows(path, os.stat(path).st_mtime_ns)[column]
    if value not in groups:
        found = ", ".join(sorted(groups))
        raise WorkflowError(
            f"{path}: expected videos of {column} {value}, found {column} {found}"
        )
    return groups[value]


def indexed_videos(wildcards):
    """Give videos.csv as the checkpoint's output, so that nobody plans by an old one.

    Snakemake trusts digests of a first look at the plan unless an input says that the
    checkpoint comes first; a path written in the rule does not say so.
    """
    return checkpoints.index_videos.get(dataset=wildcards.dataset).output.videos


def rows_of_shard(wildcards):
    """Digest a shard's rows of videos.csv."""
    return digest(
        [
            list(row.values())
            for row in video_rows(wildcards.dataset, "shard", wildcards.shard)
        ]
    )


def rows_of_action(wildcards):
    """Digest an action's rows of videos.csv."""
    return digest(
        [
            list(row.values())
            for row in video_rows(wildcards.dataset, "action", wildcards.action)
        ]
    )


def labels_of_action(wildcards):
    """Digest an action's labels, so that another action's labels do not score this one again."""
    rows = video_rows(wildcards.dataset, "action", wildcards.action)
    path = f"results/{wildcards.dataset}/labels.parquet"
    phases = digest_phases(path, os.stat(path).st_mtime_ns)
    return digest([[row["video_id"], phases.get(row["video_id"])] for row in rows])


@functools.cache
def digest_phases(path, mtime):
    """Read labels.parquet: video_id -> digest of its phases."""
    # Arrow takes a moment to import, and most plans never come here.
    from pyarrow import parquet

    table = parquet.read_table(path, columns=["video_id", "phase"])
    source = (table.schema.metadata or {}).get(b"la2ds.label_source", b"")
    phases = {}
    for batch in table.to_batches():
        ids = batch.column("video_id").to_pylist()
        for video_id, phase in zip(ids, batch.column("phase").to_pylist()):
            phases.setdefault(video_id, []).append(phase)
    return {
        k: hashlib.sha256(source + str(v).encode()).hexdigest()[:12]
        for k, v in phases.items()
    }


# Files.


def dataset_file(wildcards):
    """Write the dataset's settings, overrides included, to results/{dataset}/dataset.yaml and give its path.

    The path never changes, so what re-runs is decided by the digests above; the file is written when its content
    differs, and never by a dry run, which may look at other settings while a study is under way.
    """
    path = Path("results", wildcards.dataset, "dataset.yaml")
    # JSON is YAML, and needs no quoting rules.
    text = (
        json.dumps(la2ds_config.as_dict(DATASETS[wildcards.dataset]), indent=2) + "\n"
    )
    if not workflow.dryrun and (
        not path.is_file() or path.read_text(encoding="utf-8") != text
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    return str(path)


def dataset_root(wildcards):
    """Give the folder of a dataset's native files."""
    return DATASETS[wildcards.dataset].root


def dataset_actions(wildcards):
    """List a dataset's actions."""
    return list(DATASETS[wildcards.dataset].actions)


def native_files(wildcards):
    """What must be made before a dataset can be indexed: the demo's clips; anybody else's lie there already."""
    demo = DATASETS[wildcards.dataset].reader == "demo"
    return f"results/{wildcards.dataset}/source/manifest.csv" if demo else []


def needs_pictures(pose):
    """Whether an estimator looks at frames; the datasets' own keypoints do not."""
    return pose != "annotations"


def pictures(wildcards):
    """Frames and weights, for estimators that need them."""
    if not needs_pictures(wildcards.pose):
        return {}
    frames = f"results/{wildcards.dataset}/frames/{wildcards.shard}.parquet"
    return {"frames": frames, "weights": ancient(config["pose_weights"])}


def picture_options(wildcards, input):
    """The command line of `pictures`."""
    if not needs_pictures(wildcards.pose):
        return []
    return ["--frames", input.frames, "--weights", input.weights]


def quarantined_shards(wildcards):
    """Quarantine lists of all shards of a dataset."""
    actions = DATASETS[wildcards.dataset].actions
    shards = {
        row["shard"]
        for action in actions
        for row in video_rows(wildcards.dataset, "action", action)
    }
    return [
        f"results/{wildcards.dataset}/frames/{shard}.quarantine.csv"
        for shard in sorted(shards)
    ]


def shards_of_action(wildcards, folder, suffix):
    """Files of an action's shards in a folder of the dataset."""
    shards = sorted(
        {
            row["shard"]
            for row in video_rows(wildcards.dataset, "action", wildcards.action)
        }
    )
    return [f"results/{wildcards.dataset}/{folder}/{shard}{suffix}" for shard in shards]


def keypoints_of_action(wildcards):
    """Keypoint shards of an action, of the pose the dataset file names."""
    return shards_of_action(
        wildcards, f"keypoints/{DATASETS[wildcards.dataset].pose}", ".parquet"
    )


def heatmaps_of_action(wildcards):
    """Heatmap shards of an action, as the method wants them drawn."""
    spec = method_of(wildcards).input.heatmaps.name
    return shards_of_action(
        wildcards, f"heatmaps/{DATASETS[wildcards.dataset].pose}/{spec}", ".npz"
    )


@functools.cache
def load_method_once(name):
    """Read a method file; a name without one is the target's fault, and said so."""
    try:
        return load_settings("methods", name, "the target")
    except InputError as error:
        raise WorkflowError(str(error)) from None


def method_of(wildcards):
    """Read the method of a job."""
    return load_method_once(wildcards.method)


def method_inputs(wildcards):
    """A method's file and those it is based on."""
    method_of(wildcards)
    return list(files_of_method(wildcards.method))


def embedded_files(wildcards):
    """What embedding a method's clips reads: heatmaps, keypoints or neither, and weights unless it is a formula."""
    method = method_of(wildcards)
    files = {}
    if method.input.kind == "heatmaps":
        files["heatmaps"] = heatmaps_of_action(wildcards)
    if method.input.kind == "keypoints":
        files["keypoints"] = keypoints_of_action(wildcards)
    if not method.is_control:
        run = f"results/{wildcards.dataset}/train/{wildcards.method}/{wildcards.action}/seed{wildcards.seed}"
        files["weights"] = f"{run}/model.safetensors"
    return files


def embedded_options(wildcards, input):
    """The command line of `embedded_files`."""
    options = []
    for name in ("heatmaps", "keypoints", "weights"):
        files = input.get(name, [])
        if files:
            options += [f"--{name}", *([files] if isinstance(files, str) else files)]
    return options


def seeds_of(method):
    """Seeds a method is run with: one where the seed changes nothing."""
    return [0] if load_method_once(method).is_deterministic else range(config["seeds"])


def metrics_of(dataset, scored):
    """Metric files of a dataset for pairs of protocol and method."""
    return [
        f"results/{dataset}/metrics/{protocol}/{method}/{action}/seed{seed}.csv"
        for protocol, method in scored
        for action in DATASETS[dataset].actions
        for seed in seeds_of(method)
    ]


def metrics_of_dataset(wildcards):
    """Metric files of every method that a table asks for, each with that table's protocol."""
    return metrics_of(
        wildcards.dataset,
        sorted({(t.protocol, m) for t in TABLES.values() for m in t.methods}),
    )


def protocols_in_use():
    """Protocols the tables are scored with."""
    return sorted({table.protocol for table in TABLES.values()})


def metrics_of_protocol(wildcards):
    """Metric files of one protocol."""
    scored = {
        (t.protocol, m)
        for t in TABLES.values()
        for m in t.methods
        if t.protocol == wildcards.protocol
    }
    return metrics_of(wildcards.dataset, sorted(scored))


def table_methods(wildcards):
    """Method files of a table's rows, which hold the rows' labels."""
    return [
        f"config/methods/{method}.yaml"
        for method in load_table(wildcards.table).methods
    ]


def code(*patterns):
    """Modules a cheap job depends on: its shell line would not notice that they changed."""
    package = Path(workflow.basedir, "la2ds")
    return sorted(
        {
            os.path.relpath(path)
            for pattern in patterns
            for path in package.glob(pattern)
        }
    )


def tracking_options():
    """Where MLflow's store is, if config.yaml says."""
    return ["--uri", config["mlflow_uri"]] if config["mlflow_uri"] else []


def gpus():
    """GPUs a training job asks for. `auto` takes what it finds and so must not wait for one."""
    return 1 if config["device"] == "cuda" else 0


def requested_files(wildcards):
    """Everything config.yaml asks for."""
    files = ["results/report.html"]
    for dataset in config["datasets"]:
        files += [f"results/tables/{table}_{dataset}.md" for table in TABLES]
        if needs_pictures(DATASETS[dataset].pose):
            files.append(f"results/{dataset}/quarantine.csv")
        if config["tracking"]:
            files += [
                f"results/{dataset}/tracking_{protocol}.json"
                for protocol in protocols_in_use()
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
        for table in TABLES
    ]
    made = [path for path in made if Path(path).is_file()]
    if made:
        print(
            "Tables (beside each .md a .csv and a .tex; results/report.html shows all):",
            *made,
            sep="\n  ",
            file=sys.stderr,
        )
