"""Where poses can come from, by name, and where the files of a video lie; the workflow plans by this.

Nothing but the standard library is imported, so that planning stays quick.
"""

import functools
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PoseSource:
    """What a pose source needs.

    Attributes:
        dims: 2 for pixels, 3 for millimetres.
        pictures: whether it looks at frames, with weights.
        weights: their file, where neither config.yaml nor the dataset file names it.
        endings: endings of the files it reads below ``poses``, ``/`` for a folder of files; empty where it reads none.
        shared: whether one file may hold all videos.
        instead: what else the program writes, which is not read, and what to do about it.
    """

    dims: int = 2
    pictures: bool = False
    weights: str = ""
    endings: tuple[str, ...] = ()
    shared: bool = False
    instead: str = ""


HAND_WEIGHTS = "models/hand_landmarker.task"
SOURCES = {
    "annotations": PoseSource(),
    "annotations_3d": PoseSource(dims=3),
    "mediapipe": PoseSource(pictures=True),
    "mediapipe_hands": PoseSource(pictures=True, weights=HAND_WEIGHTS),
    "rtmpose": PoseSource(pictures=True),
    "openpose": PoseSource(endings=("/",)),
    "coco_json": PoseSource(endings=(".json",), shared=True),
    "mmpose": PoseSource(endings=(".json",)),
    "mediapipe_json": PoseSource(endings=(".json",)),
    "movenet_json": PoseSource(endings=(".json",)),
    "deeplabcut": PoseSource(
        endings=(".csv",), instead="its .h5 holds pickles: deeplabcut.analyze_videos_converth5_to_csv makes CSV of it"
    ),
    "lightning_pose": PoseSource(endings=(".csv",)),
    "sleap": PoseSource(endings=(".slp", ".h5", ".analysis.csv")),
    "ntu": PoseSource(endings=(".skeleton",)),
    "pyskl": PoseSource(endings=(".pkl",), shared=True),
}
_FRAME_FILE = re.compile(r"(?:(.*?)[_. -]*)?([0-9]+)(?:_keypoints)?\.json")
_PLACE = "https://download.openmmlab.com/mmpose/v1/projects/rtmposev1/onnx_sdk"
# Networks for rtmpose that are fetched as models/<name>.onnx: RTMPose trained on several datasets of bodies, and YOLOX
# on COCO's and Human-Art's people, at the addresses that rtmlib names. Each zip holds one end2end.onnx.
NETWORKS = {
    "rtmpose_s": f"{_PLACE}/rtmpose-s_simcc-body7_pt-body7_420e-256x192-acd4a1ef_20230504.zip",
    "rtmpose_m": f"{_PLACE}/rtmpose-m_simcc-body7_pt-body7_420e-256x192-e48f03d0_20230504.zip",
    "yolox_tiny": f"{_PLACE}/yolox_tiny_8xb8-300e_humanart-6f3252f9.zip",
    "yolox_m": f"{_PLACE}/yolox_m_8xb8-300e_humanart-c2c7a14a.zip",
}
_FILMS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm", ".wmv")


def sources_of(dims: int) -> list[str]:
    """List the pose sources of so many dimensions."""
    return [name for name, source in SOURCES.items() if source.dims == dims]


def how_to_get(network: Path) -> str:
    """Say how a file of weights for rtmpose gets where it should be."""
    if network.stem in NETWORKS:
        return f"put the file end2end.onnx of {NETWORKS[network.stem]} there"
    return f"put a network there, or name one of {', '.join(f'models/{name}.onnx' for name in NETWORKS)}"


def is_fetched(network: str) -> bool:
    """Whether the workflow fetches a file of weights for rtmpose when it is missing."""
    return network in [f"models/{name}.onnx" for name in NETWORKS]


def video_name(source: str) -> str:
    """Name a video for its poses: its path below the dataset's root, without the ending of a video file."""
    path = Path(source)
    return (path.with_suffix("") if path.suffix.lower() in _FILMS else path).as_posix()


def pose_files(folder: Path, pose: str, source: str) -> list[Path]:
    """List the files, or the one folder, that may hold the poses of a video.

    A file for one video lies where the video lies below the root, and is called like it; programs that add the name of
    their network or file format to it (``squat/anna_1DLC_resnet50.csv``, ``squat/anna_1.mp4.predictions.slp``) may. A
    file that holds all videos is called like the source (``coco_json.json``) and counts where there is no other.

    Args:
        folder: the folder of pose files (``PosesConfig.folder`` below the root).
        pose: a name in ``SOURCES`` that reads files.
        source: the video's path below the dataset's root.
    """
    pose_source, name = SOURCES[pose], video_name(source)
    place = folder / pose / name
    if pose_source.endings == ("/",):
        # Folders that hold several films have files which begin with the film's name.
        called = {place.name, name.replace("/", "_")}
        around = [f for f in (place.parent, folder / pose) if f.is_dir() and called & films_in(f).keys()]
        return [place] if place.is_dir() else around[:1]
    exact = [file for ending in pose_source.endings if (file := place.with_name(place.name + ending)).is_file()]
    if exact:
        return exact
    longer = sorted(_named_after(place, pose_source.endings))
    shared = [file for ending in pose_source.endings if (file := folder / f"{pose}{ending}").is_file()]
    return longer or (shared if pose_source.shared else [])


def films_in(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """List a folder's files that are called by a film and a frame: what stands before the number -> names, sorted."""
    return _films_in(folder, folder.stat().st_mtime_ns)


@functools.lru_cache(maxsize=8)
def _films_in(folder: Path, _date: int) -> dict[str, tuple[str, ...]]:
    films: dict[str, list[str]] = {}
    for name in sorted(entry.name for entry in os.scandir(folder)):
        match = _FRAME_FILE.fullmatch(name)
        if match:
            films.setdefault(match[1] or "", []).append(name)
    return {film: tuple(names) for film, names in films.items()}


def _named_after(place: Path, endings: Iterable[str]) -> list[Path]:
    if not place.parent.is_dir():
        return []
    begins = (f"{place.name}.", f"{place.name}DLC")
    return [f for f in place.parent.iterdir() if f.name.startswith(begins) and f.name.endswith(tuple(endings))]


def file_states(files: Iterable[Path]) -> list[list[object]]:
    """List files with sizes and dates; of a folder its own date, which changes when files come or go."""
    return [[str(file), stat.st_size, stat.st_mtime_ns] for file in files for stat in [file.stat()]]
