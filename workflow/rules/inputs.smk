"""Answers what the stages ask: which files, which options, which digests. Functions only."""


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
    if DATASETS[wildcards.dataset].reader == "demo":
        return f"{DATASETS[wildcards.dataset].root}/manifest.csv"
    check_native(wildcards.dataset)
    return []


@functools.cache
def check_native(name):
    """Say what to do about a dataset that is not there: refuse to run, and let a plan be looked at.

    A dataset that was indexed before may go without its files: keypoints and heatmaps can be shared, pictures often not.
    """
    root = Path(DATASETS[name].root)
    if root.is_dir() or Path("results", name, "videos.csv").is_file():
        return
    needed = f"{root}: expected the files of dataset {name}, found no such folder"
    needed += missing_root(DATASETS[name].reader)
    if not workflow.dryrun:
        raise WorkflowError(needed)
    print(f"This is only the plan: {needed}.", file=sys.stderr)


def native_root(name):
    """Give the folder of a dataset's native files, for rules that no wildcard tells the dataset."""
    return DATASETS[name].root if name in DATASETS else f"data/{name}"


def needs_pictures(pose):
    """Whether an estimator looks at frames; the datasets' own keypoints and poses that are files do not."""
    return pose_sources.SOURCES[pose].pictures


def pictures(wildcards):
    """Frames and weights, for estimators that need them."""
    if not needs_pictures(wildcards.pose):
        return {}
    frames = f"results/{wildcards.dataset}/frames/{wildcards.shard}.parquet"
    weights = {"weights": config["pose_weights"]}
    if wildcards.pose == "rtmpose":
        weights = rtmpose_weights(wildcards.dataset)
    return {"frames": frames} | {key: ancient(file) for key, file in weights.items()}


def rtmpose_weights(dataset):
    """Networks that a dataset names for rtmpose; they lie there or are fetched."""
    settings = DATASETS[dataset].estimation
    files = {"weights": settings.weights, "detector": settings.detector}
    for key, file in files.items():
        if file and not Path(file).is_file() and not pose_sources.is_fetched(file):
            found = f"no file {file} ({pose_sources.how_to_get(Path(file))})"
            path = f"config/datasets/{dataset}.yaml"
            expected = f"'estimation.{key}' to be a network (ONNX)"
            raise WorkflowError(str(InputError(path, expected=expected, found=found)))
    return {key: file for key, file in files.items() if file}


def picture_options(wildcards, input):
    """The command line of `pictures`."""
    if not needs_pictures(wildcards.pose):
        return []
    detector = ["--detector", input.detector] if hasattr(input, "detector") else []
    return ["--frames", input.frames, "--weights", input.weights, *detector]


def quarantined_shards(wildcards):
    """Quarantine lists of all shards of a dataset."""
    actions = DATASETS[wildcards.dataset].actions
    shards = {s for action in actions for s in shards_with(wildcards.dataset, action)}
    return [
        f"results/{wildcards.dataset}/frames/{shard}.quarantine.csv"
        for shard in sorted(shards)
    ]


def shards_of_action(wildcards, folder, suffix):
    """Files of an action's shards in a folder of the dataset."""
    shards = shards_with(wildcards.dataset, wildcards.action)
    return [f"results/{wildcards.dataset}/{folder}/{shard}{suffix}" for shard in shards]


def keypoints_of_action(wildcards, dims=2):
    """Keypoint shards of an action, of the pose the dataset file names for so many dimensions."""
    dataset = DATASETS[wildcards.dataset]
    pose = dataset.pose_3d if dims == 3 else dataset.pose
    return shards_of_action(wildcards, f"keypoints/{pose}", ".parquet")


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


# Each kind of shard has a function of its own, and not one for `unpack`: that would make Snakemake take every training
# for out of date, and what follows from it, whenever the videos are indexed anew.


def frames_seen(wildcards):
    """Decoded frames, where a method's picture network is trained with it."""
    seen = method_of(wildcards).input
    if not (seen.looks and seen.pictures.trained):
        return []
    return shards_of_action(wildcards, "frames", ".parquet")


def features_seen(wildcards):
    """Stored features of pictures, where a method's picture network is frozen."""
    seen = method_of(wildcards).input
    if not seen.looks or seen.pictures.trained:
        return []
    return shards_of_action(wildcards, f"rgb/{seen.pictures.name}", ".parquet")


def crops_to_box(seen):
    """Whether pictures are cut around the person when they are read, for which keypoints are needed."""
    return seen.looks and seen.pictures.trained and seen.pictures.crop == "box"


def keypoints_trained(wildcards):
    """Keypoints that training draws, counts with, or cuts pictures by."""
    seen = method_of(wildcards).input
    if seen.kind == "rgb" and not crops_to_box(seen):
        return []
    return keypoints_of_action(wildcards, seen.joint_dims)


def keypoints_embedded(wildcards):
    """Keypoints that embedding counts with or cuts pictures by; heatmaps are drawn already."""
    seen = method_of(wildcards).input
    if seen.kind not in ("keypoints", "coordinates") and not crops_to_box(seen):
        return []
    return keypoints_of_action(wildcards, seen.joint_dims)


def keypoints_damaged(wildcards):
    """Keypoints to damage: those a method draws or counts with; any for the clock, which does not look at them."""
    return keypoints_of_action(wildcards, method_of(wildcards).input.joint_dims or 2)


def heatmaps_embedded(wildcards):
    """Heatmaps, where a method sees any."""
    seen = method_of(wildcards).input
    return heatmaps_of_action(wildcards) if seen.draws else []


def labels_trained(wildcards):
    """Human labels, for the one objective that is an upper bound; no other may see them."""
    if method_of(wildcards).objective.kind != "supervised":
        return []
    return f"results/{wildcards.dataset}/labels.parquet"


def weights_embedded(wildcards):
    """Trained weights, the method's own or those it borrows; formulas have none."""
    method = method_of(wildcards)
    if method.is_control:
        return []
    trained = method.weights or wildcards.method
    action = action_trained(trained, wildcards.action)
    run = f"results/{wildcards.dataset}/train/{trained}/{action}/seed{wildcards.seed}"
    return [f"{run}/model.safetensors"]


def shard_options(wildcards, input):
    """The options that name what training or embedding reads."""
    options = []
    for name in ("heatmaps", "keypoints", "frames", "features", "weights", "labels"):
        files = input.get(name, [])
        if files:
            options += [f"--{name}", *([files] if isinstance(files, str) else files)]
    return options


def training_options(wildcards, input):
    """The same for training, and how much of it is done where that is not all."""
    share = DATASETS[wildcards.dataset].steps
    short = ["--steps", str(share)] if share < 1 else []
    return [*shard_options(wildcards, input), *short]


def picture_inputs(wildcards):
    """What features of pictures are made of: frames, and keypoints where they are cut around the person."""
    spec = la2ds_config.PictureSpec.parse(wildcards.picture_spec)
    root, pose = f"results/{wildcards.dataset}", DATASETS[wildcards.dataset].pose
    files = {"frames": f"{root}/frames/{wildcards.shard}.parquet"}
    if spec.crop == "box":
        files["keypoints"] = f"{root}/keypoints/{pose}/{wildcards.shard}.parquet"
    return files


def backbone_of(wildcards):
    """The local folder or hub name of a frozen backbone."""
    spec = la2ds_config.PictureSpec.parse(wildcards.picture_spec)
    if spec.backbone not in config["backbones"]:
        known = ", ".join(config["backbones"]) or "none"
        raise WorkflowError(
            f"{CONFIG_FILE}: expected 'backbones' to name {spec.backbone}, found {known}"
        )
    return config["backbones"][spec.backbone]


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
