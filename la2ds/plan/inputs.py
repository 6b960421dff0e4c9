"""Which files the stages read: shards of a dataset or an action, a method's files, weights."""

import functools
from pathlib import Path

from la2ds.config import InputConfig, PictureSpec
from la2ds.datasets.fetch.backbones import BACKBONES
from la2ds.datasets.fetch.sources import missing_root
from la2ds.errors import InputError
from la2ds.formats import layout
from la2ds.plan.digests import Digests, files_of_method
from la2ds.plan.rows import Rows
from la2ds.plan.settings import CONFIG_FILE
from la2ds.plan.videos import Wildcards
from la2ds.pose.sources import SOURCES, how_to_get, is_fetched


class Inputs(Rows, Digests):
    """Input files of the stages."""

    def root_of(self, wildcards: Wildcards) -> str:
        """Give the folder of a dataset's native files."""
        return self.datasets[wildcards.dataset].root

    def root_fetched(self, name: str) -> str:
        """Give the folder that a dataset is fetched into, also where no file of config/datasets names it."""
        return self.datasets[name].root if name in self.datasets else f"data/{name}"

    def actions_of(self, wildcards: Wildcards) -> list[str]:
        """List the actions of a dataset's file."""
        return list(self.datasets[wildcards.dataset].actions)

    def steps_of(self, wildcards: Wildcards) -> float:
        """Give the share of their steps that methods are trained for on a dataset."""
        return self.datasets[wildcards.dataset].steps

    def native_files(self, wildcards: Wildcards) -> list[str]:
        """List what must be made before a dataset can be indexed: the demo's clips; any other files lie there already.

        Raises:
            InputError: if they do not; a dry run only says so.
        """
        settings = self.datasets[wildcards.dataset]
        if settings.reader == "demo":
            return [f"{settings.root}/manifest.csv"]
        self._check_native(wildcards.dataset)
        return []

    def _check_native(self, name: str) -> None:
        """Say what to do about a dataset that is not there: refuse to run, and let a plan be looked at.

        A dataset that was indexed before may go without its files: keypoints and heatmaps can be shared, pictures often
        not.
        """
        root = Path(self.datasets[name].root)
        if root.is_dir() or Path(layout.path(layout.VIDEOS, dataset=name)).is_file():
            return
        found = f"no such folder{missing_root(self.datasets[name].reader)}"
        missing = InputError(root, expected=f"the files of dataset {name}", found=found)
        if not self.dry_run:
            raise missing
        self.note(f"This is only the plan: {missing}.")

    def frames_estimated(self, wildcards: Wildcards) -> list[str]:
        """Give a shard's frames, for estimators that need them."""
        if not self.needs_pictures(wildcards.pose):
            return []
        return [layout.path(layout.FRAMES, dataset=wildcards.dataset, shard=wildcards.shard)]

    def weights_estimated(self, wildcards: Wildcards) -> list[str]:
        """Give an estimator's weights, where it needs any."""
        if wildcards.pose == "rtmpose":
            return self._network(wildcards.dataset, "weights")
        weights = SOURCES[wildcards.pose].weights or self.config["pose_weights"]
        return [weights] if self.needs_pictures(wildcards.pose) else []

    def detector_estimated(self, wildcards: Wildcards) -> list[str]:
        """Give the weights of a detector of people, where a dataset names one for rtmpose."""
        return self._network(wildcards.dataset, "detector") if wildcards.pose == "rtmpose" else []

    def _network(self, dataset: str, key: str) -> list[str]:
        """Give a network that a dataset names for rtmpose; it lies there or is fetched."""
        file: str = getattr(self.datasets[dataset].estimation, key)
        if file and not Path(file).is_file() and not is_fetched(file):
            found = f"no file {file} ({how_to_get(Path(file))})"
            expected = f"'estimation.{key}' to be a network (ONNX)"
            raise InputError(f"config/datasets/{dataset}.yaml", expected=expected, found=found)
        return [file] if file else []

    def shard_quarantines(self, wildcards: Wildcards) -> list[str]:
        """List what says which clips of a dataset were set aside: lists of decoding, if any, and keypoint shards."""
        dataset = wildcards.dataset
        shards = self.shards_of_dataset(dataset) if self.decodes(dataset) else []
        lists = [layout.path(layout.SHARD_QUARANTINE, dataset=dataset, shard=shard) for shard in shards]
        return lists + self.keypoints_of_dataset(wildcards)

    def keypoints_of_dataset(self, wildcards: Wildcards) -> list[str]:
        """List the keypoint shards of all actions, of the pose the dataset file names."""
        dataset = wildcards.dataset
        pose, shards = self.datasets[dataset].pose, self.shards_of_dataset(dataset)
        return [layout.path(layout.KEYPOINTS, dataset=dataset, pose=pose, shard=shard) for shard in shards]

    def shards(self, wildcards: Wildcards, pattern: str, **names: str) -> list[str]:
        """List the shards of an action that lie where a pattern says."""
        dataset = wildcards.dataset
        shards = self.shards_of(dataset, wildcards.action)
        return [layout.path(pattern, dataset=dataset, shard=shard, **names) for shard in shards]

    def keypoints_of_action(self, wildcards: Wildcards, dims: int = 2) -> list[str]:
        """List the keypoint shards of an action, of the pose the dataset file names for so many dimensions."""
        dataset = self.datasets[wildcards.dataset]
        pose = dataset.pose_3d if dims == 3 else dataset.pose
        return self.shards(wildcards, layout.KEYPOINTS, pose=pose)

    def method_files(self, wildcards: Wildcards) -> list[str]:
        """List a method's file and those it is based on."""
        self.method(wildcards.method)
        return list(files_of_method(wildcards.method))

    # Each kind of shard has a function of its own, and not one for `unpack`: that would make Snakemake take every
    # training for out of date, and what follows from it, whenever the videos are indexed anew.

    def frames_trained(self, wildcards: Wildcards) -> list[str]:
        """List decoded frames, where a method's picture network is trained with it."""
        needed = self.method(wildcards.method).input
        if not (needed.uses_pictures and needed.pictures.trained):
            return []
        return self.shards(wildcards, layout.FRAMES)

    def features_trained(self, wildcards: Wildcards) -> list[str]:
        """List stored features of pictures, where a method's picture network is frozen."""
        needed = self.method(wildcards.method).input
        if not needed.uses_pictures or needed.pictures.trained:
            return []
        return self.shards(wildcards, layout.FEATURES, picture_spec=needed.pictures.name)

    def keypoints_trained(self, wildcards: Wildcards) -> list[str]:
        """List keypoints that training draws, counts with, or cuts pictures by."""
        needed = self.method(wildcards.method).input
        if needed.kind == "rgb" and not crops_to_box(needed):
            return []
        return self.keypoints_of_action(wildcards, needed.joint_dims)

    def keypoints_embedded(self, wildcards: Wildcards) -> list[str]:
        """List keypoints that embedding counts with or cuts pictures by; heatmaps are drawn already."""
        needed = self.method(wildcards.method).input
        if needed.kind not in ("keypoints", "coordinates") and not crops_to_box(needed):
            return []
        return self.keypoints_of_action(wildcards, needed.joint_dims)

    def keypoints_damaged(self, wildcards: Wildcards) -> list[str]:
        """List keypoints to damage: those a method draws or counts with; any for the clock, which uses none."""
        return self.keypoints_of_action(wildcards, self.method(wildcards.method).input.joint_dims or 2)

    def heatmaps_embedded(self, wildcards: Wildcards) -> list[str]:
        """List heatmaps, where a method is shown any."""
        needed = self.method(wildcards.method).input
        if not needed.uses_heatmaps:
            return []
        pose = self.datasets[wildcards.dataset].pose
        return self.shards(wildcards, layout.HEATMAPS, pose=pose, heatmap=needed.heatmaps.name)

    def labels_trained(self, wildcards: Wildcards) -> list[str]:
        """Give human labels, for the one objective that is an upper bound; no other may see them."""
        return [layout.path(layout.LABELS, dataset=wildcards.dataset)] if self.is_upper_bound(wildcards) else []

    def weights_embedded(self, wildcards: Wildcards) -> list[str]:
        """Give trained weights, the method's own or those it borrows; formulas have none."""
        method = self.method(wildcards.method)
        if method.is_control:
            return []
        trained = method.weights or wildcards.method
        action, seed = self.action_trained(trained, wildcards.action), wildcards.seed
        return [layout.path(layout.WEIGHTS, dataset=wildcards.dataset, method=trained, action=action, seed=seed)]

    def keypoints_extracted(self, wildcards: Wildcards) -> list[str]:
        """Give a shard's keypoints, where features are those of pictures cut around the person."""
        if PictureSpec.parse(wildcards.picture_spec).crop != "box":
            return []
        dataset, shard = wildcards.dataset, wildcards.shard
        return [layout.path(layout.KEYPOINTS, dataset=dataset, pose=self.datasets[dataset].pose, shard=shard)]

    def backbone(self, wildcards: Wildcards) -> str:
        """Give the file, local folder or hub name of a frozen backbone.

        Raises:
            InputError: if config.yaml names none, or leaves one to be fetched that is not known.
        """
        name, known = PictureSpec.parse(wildcards.picture_spec).backbone, self.config["backbones"]
        if not known.get(name):
            raise InputError(CONFIG_FILE, expected=f"'backbones' to name {name}", found=", ".join(known) or "none")
        if known[name] != "auto":
            return str(known[name])
        if name not in BACKBONES:
            expected = f"'backbones.{name}' to be a folder or a name on the hub (auto: {', '.join(BACKBONES)})"
            raise InputError(CONFIG_FILE, expected=expected, found="auto")
        return f"models/{name}.safetensors"

    def backbone_file(self, wildcards: Wildcards) -> list[str]:
        """Give a frozen backbone that is fetched or lies there as one file."""
        place = self.backbone(wildcards)
        return [place] if place.endswith(".safetensors") else []

    @functools.cached_property
    def gpus(self) -> int:
        """GPUs a training job asks for. `auto` takes what it finds and so must not wait for one."""
        return 1 if self.config["device"] == "cuda" else 0


def crops_to_box(needed: InputConfig) -> bool:
    """Say whether pictures are cut around the person when they are read, for which keypoints are needed."""
    return needed.uses_pictures and needed.pictures.trained and needed.pictures.crop == "box"
