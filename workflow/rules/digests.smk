"""Answers which settings, rows and labels a job depends on. Functions only."""

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
    settings = settings_digest(wildcards, keys)
    if DATASETS[wildcards.dataset].reader == "folder":
        settings += digest(own_files(DATASETS[wildcards.dataset].root))
    return settings


def own_files(root):
    """List people's own videos and tables with sizes and dates, for they add and mend while they study."""
    files = sorted([*Path(root).glob("*.csv"), *Path(root).glob("*/*")])
    stats = {str(file): file.stat() for file in files if file.is_file()}
    return [[file, stat.st_size, stat.st_mtime_ns] for file, stat in stats.items()]


def decode_settings(wildcards):
    """What decoded frames depend on, beside the rows of the shard."""
    return settings_digest(wildcards, ("reader", "root", "frames", "options"))


def keypoint_settings(wildcards):
    """What poses depend on, beside the rows of the shard; if they are files, on sizes and dates of those."""
    settings = settings_digest(wildcards, ("reader", "root", "options"))
    if DATASETS[wildcards.dataset].estimation != la2ds_config.EstimationConfig():
        settings += settings_digest(wildcards, ("estimation",))
    if pose_sources.SOURCES[wildcards.pose].endings:
        settings += settings_digest(wildcards, ("poses",))
        settings += digest(pose_file_states(wildcards))
    return settings


def pose_file_states(wildcards):
    """List the files with a shard's poses; people mend them while they study."""
    dataset = DATASETS[wildcards.dataset]
    folder = Path(dataset.root, dataset.poses.folder)
    sources = [
        row["source"] for row in video_rows(wildcards.dataset, "shard", wildcards.shard)
    ]
    files = [
        file
        for source in sources
        for file in pose_sources.pose_files(folder, wildcards.pose, source)
    ]
    return pose_sources.file_states(dict.fromkeys(files))


def method_settings(wildcards):
    """What a method's runs depend on: its file over its bases, without the words for people.

    The raw keys count, not the filled-in settings, so that a new setting with a default re-trains nothing.
    """
    method_of(wildcards)
    return digest_method(wildcards.method)


def training_settings(wildcards):
    """The same, and how much of a training is done where that is not all.

    The command line says so, too, but Snakemake compares no parameter that is made of inputs.
    """
    share, settings = DATASETS[wildcards.dataset].steps, method_settings(wildcards)
    return settings if share == 1 else f"{settings}, {share} of the steps"


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
        advice = ""
        if column == "action":
            advice = f" (get labels of it, or leave it out of 'actions' in config/datasets/{dataset}.yaml)"
        raise WorkflowError(
            f"{path}: expected videos of {column} {value}{advice}, found {column} {found}"
        )
    return groups[value]


@functools.cache
def list_shards(path, mtime, action):
    """List an action's shards once per version of videos.csv: each of its runs asks for them several times."""
    return sorted({row["shard"] for row in read_rows(path, mtime)["action"][action]})


def shards_with(dataset, action):
    """Give the names of an action's shards."""
    video_rows(dataset, "action", action)
    path = checkpoints.index_videos.get(dataset=dataset).output.videos
    return list_shards(path, os.stat(path).st_mtime_ns, action)


def indexed_videos(wildcards):
    """Give videos.csv as the checkpoint's output, so that nobody plans by an old one.

    Snakemake trusts digests of a first look at the plan unless an input says that the
    checkpoint comes first; a path written in the rule does not say so.
    """
    return checkpoints.index_videos.get(dataset=wildcards.dataset).output.videos


@functools.cache
def digest_rows(path, mtime, column, value):
    """Digest rows of videos.csv once per version: hundreds of jobs ask for those of the same action."""
    return digest([list(row.values()) for row in read_rows(path, mtime)[column][value]])


def rows_of_shard(wildcards):
    """Digest a shard's rows of videos.csv."""
    video_rows(wildcards.dataset, "shard", wildcards.shard)
    path = indexed_videos(wildcards)
    return digest_rows(path, os.stat(path).st_mtime_ns, "shard", wildcards.shard)


def rows_of_action(wildcards):
    """Digest an action's rows of videos.csv."""
    video_rows(wildcards.dataset, "action", wildcards.action)
    path = indexed_videos(wildcards)
    return digest_rows(path, os.stat(path).st_mtime_ns, "action", wildcards.action)


def labels_of_action(wildcards):
    """Digest an action's labels, so that another action's labels do not score this one again."""
    video_rows(wildcards.dataset, "action", wildcards.action)
    videos, labels = (
        indexed_videos(wildcards),
        f"results/{wildcards.dataset}/labels.parquet",
    )
    versions = os.stat(videos).st_mtime_ns, os.stat(labels).st_mtime_ns
    return digest_labels(videos, labels, versions, wildcards.action)


@functools.cache
def digest_labels(videos, labels, versions, action):
    """Digest the labels of an action's videos once per version of the two files."""
    rows, phases = read_rows(videos, versions[0])["action"][action], digest_phases(
        labels, versions[1]
    )
    return digest([[row["video_id"], phases.get(row["video_id"])] for row in rows])


def labels_seen(wildcards):
    """Digest the labels that training sees: none, but for an upper bound."""
    return labels_of_action(wildcards) if labels_trained(wildcards) else ""


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
