"""From files of poses to a keypoint shard: what all pose sources that read files share.

A reader gives the people of each frame; here the subject is followed among them, and its joints are brought to a joint
set. Frame counts and picture sizes are those of the videos table: frames that a file leaves out are missing, and frames
beyond the video are refused.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from la2ds.config.poses import PosesConfig
from la2ds.errors import InputError
from la2ds.formats.keypoints import Keypoints, KeypointShard, NothingLeft
from la2ds.formats.quarantine import ClipErrors, Refusal, as_entry
from la2ds.formats.skeletons import COCO17, SKELETONS, Skeleton, own_skeleton
from la2ds.pose.files.joint_names import fit_skeleton, joint_order
from la2ds.pose.people.people import People
from la2ds.pose.people.subject import SubjectCounts, follow_subject
from la2ds.pose.request import PoseRequest
from la2ds.pose.sound import OUTLIERS, named
from la2ds.pose.sources import SOURCES, pose_files, video_name
from la2ds.views.joints import outside

log = logging.getLogger(__name__)


class BeyondFilm(InputError):
    """A file has frames that its video has not."""


@dataclass(frozen=True)
class Video:
    """A video whose poses are to be read.

    Attributes:
        video_id: its name in all tables.
        source: its file below the dataset's root.
        name: its path below the dataset's root, without ending.
        frames: how many it has.
        size: width and height in pixels.
    """

    video_id: str
    source: str
    name: str
    frames: int
    size: tuple[int, int]


@dataclass(frozen=True)
class Found:
    """What files hold of one video.

    Attributes:
        joints: names of the J joints.
        frames: frame, as the file numbers it -> its people, positions in pixels of the video; frames without anybody
            may be left out.
        skeleton: name of the joint set these joints are of; empty where that depends on the files.
        outliers: how many joints were taken out since they lie where none can be.
    """

    joints: tuple[str, ...]
    frames: Mapping[int, People]
    skeleton: str = ""
    outliers: int = 0


Reader = Callable[[Video, Path, PosesConfig], Found]


def read_poses(request: PoseRequest, pose: str, reader: Reader) -> KeypointShard:
    """Read the poses of the requested videos; those without a frame (see the quarantine list) are named and left out.

    Args:
        request: the videos, and what their poses are made from.
        pose: name of the source in ``SOURCES``.
        reader: reads one file, or one folder, for one video.

    A video whose file is missing, broken, has other joints than the joint set (or other files) wants, frames beyond the
    video, or coordinates that cannot be its pixels is set aside; the others go on, and ``quarantine`` of the metadata
    says why.

    Returns:
        keypoints of the subject of each video in pixels; NaN and confidence 0 where missing.

    Raises:
        NothingLeft: if every one is set aside.
    """
    config = request.dataset.poses
    clips: dict[str, Keypoints] = {}
    skeleton: Skeleton | None = None
    counts, outliers = SubjectCounts(), 0
    errors, sources = ClipErrors(), {}
    for video in _videos(request):
        sources[video.video_id] = video.source
        with errors.of(video.video_id):
            file = find_file(request.root / config.folder, pose, video)
            found = without_outliers(file, reader(video, file, config), video, first_frame=config.first_frame)
            expected = choose_skeleton(file, found, config)
            if skeleton not in (None, expected):
                raise InputError(file, expected=f"joints of {skeleton.name}, as in other files", found=expected.name)
            clips[video.video_id], clip_counts = follow(file, found, video, skeleton=expected)
            skeleton, counts, outliers = expected, counts + clip_counts, outliers + found.outliers
    wrong = errors.settle()
    refused = [Refusal(v, sources[v], "pose", str(error)) for v, error in wrong.items()]
    if clips:
        log.info("%d videos: %s", len(clips), counts)
    # A shard of unreadable videos has no file to tell its joints.
    name = skeleton.name if skeleton else own_skeleton(config).name if config.joints else config.skeleton
    name = COCO17.name if name in ("", "all") else name
    counted = {OUTLIERS: str(outliers)} if outliers else {}
    shard = KeypointShard(clips, name, f"{pose} files", metadata=counted | as_entry(refused))
    if wrong and not clips:
        first = next(iter(wrong.values()))
        raise NothingLeft(first, shard) from first
    return shard


def without_outliers(file: Path, found: Found, video: Video, *, first_frame: int) -> Found:
    """Number frames from 0, and take out joints that lie far outside the picture, before the subject is followed.

    Raises:
        InputError: as ``check_pixels``.
    """
    check_pixels(file, found, video)
    frames, joints, affected = {}, 0, 0
    for number, people in found.frames.items():
        bad = outside(people.position, video.size)
        joints, affected = joints + int(bad.sum()), affected + int(bad.any())
        left = ~(bad | np.isnan(people.position).any(-1)).all(axis=1)
        position = np.where(bad[..., None], np.nan, people.position)[left]
        frames[number - first_frame] = People(position, np.where(bad, 0, people.confidence)[left])
    if affected:
        named(video.video_id, joints, affected)
    return replace(found, frames=frames, outliers=joints)


def _videos(request: PoseRequest) -> Iterator[Video]:
    for row in request.videos.to_dict("records"):
        if row["frames"]:
            size = int(row["width"]), int(row["height"])
            yield Video(row["video_id"], row["source"], video_name(row["source"]), int(row["frames"]), size)
        else:
            log.warning("no frames, so no poses (see the quarantine list): %s", row["video_id"])


def find_file(folder: Path, pose: str, video: Video) -> Path:
    """Find the file or folder with a video's poses.

    Raises:
        InputError: if there is none, or more than one.
    """
    files = pose_files(folder, pose, video.name)
    if len(files) == 1:
        return files[0]
    source, place = SOURCES[pose], folder / pose / video.name
    names = " or ".join("a folder" if ending == "/" else f"{place.name}{ending}" for ending in source.endings)
    shared = f", or {folder / pose}{source.endings[0]} for all videos" if source.shared else ""
    hint = f" ({source.instead})" if source.instead and not files else ""
    expected = f"the poses of {video.video_id} here, {names}{shared}{hint}"
    found = f"{len(files)} files, {', '.join(file.name for file in files)}" if files else "none"
    raise InputError(place.parent if source.endings != ("/",) else place, expected=expected, found=found)


def choose_skeleton(file: Path, found: Found, config: PosesConfig) -> Skeleton:
    """Give the joint set that a file's joints are brought to: the dataset file's, the source's, or one that fits.

    Raises:
        InputError: if no named joint set fits the joints' names.
    """
    if config.joints:
        return own_skeleton(config)
    if config.skeleton == "all":
        return own_skeleton(PosesConfig(joints=tuple(dict.fromkeys(found.joints))))
    name = config.skeleton or found.skeleton
    return SKELETONS[name] if name else fit_skeleton(file, found.joints)


def follow(file: Path, found: Found, video: Video, *, skeleton: Skeleton) -> tuple[Keypoints, SubjectCounts]:
    """Follow the subject through a video, and bring its joints to a joint set."""
    _check_frames(file, found, video)
    order = joint_order(file, found.joints, skeleton)
    joints = len(found.joints)
    nobody = People(np.empty((0, joints, 2)), np.empty((0, joints)))
    subject = follow_subject([found.frames.get(t, nobody) for t in range(video.frames)], video.size)
    position = subject.position[:, order].astype(np.float32)
    confidence = subject.confidence[:, order].astype(np.float32)
    without_pose = int(np.isnan(position).all(axis=(1, 2)).sum())
    if without_pose:
        log.info("%s: no pose in %d of %d frames", video.video_id, without_pose, video.frames)
    return Keypoints(position, np.where(np.isnan(position).any(-1), 0, confidence)), subject.counts


def _check_frames(file: Path, found: Found, video: Video) -> None:
    beyond = [frame for frame in found.frames if not 0 <= frame < video.frames]
    if beyond:
        expected = f"frames 0 to {video.frames - 1}, as many as {video.video_id} has"
        beyond_video = max(beyond) if max(beyond) >= video.frames else min(beyond)
        found_frame = f"frame {beyond_video} ('poses.first_frame' says what the first is called)"
        raise BeyondFilm(file, expected=expected, found=found_frame)


def check_pixels(file: Path, found: Found, video: Video) -> None:
    """Refuse coordinates that cannot be pixels of the video: shares of its size, or pixels of a larger picture.

    Raises:
        InputError: if no joint of the video is beyond 1, or most joints lie outside the picture.
    """
    places = np.concatenate([people.position.reshape(-1, 2) for people in found.frames.values()] or [np.empty((0, 2))])
    places = places[~np.isnan(places).any(axis=1)]
    if not len(places):
        return
    expected = f"pixels of {video.video_id}, which has {video.size[0]} x {video.size[1]}"
    if np.abs(places).max() <= 1:
        raise InputError(file, expected=expected, found="no coordinate beyond 1, so shares of the picture's size")
    outside = ((places < 0) | (places > video.size)).any(axis=1).mean()
    if outside > 0.5:
        raise InputError(file, expected=expected, found=f"{outside:.0%} of the joints outside the picture")


def make_people(values: np.ndarray) -> People:
    """Make people of positions and confidences.

    Args:
        values: (P, J, 3) x, y and confidence. A joint is missing where x or y is NaN or confidence is not above 0;
            confidence is cut at 1, and 1 where it is NaN: what has a place and no score was placed by hand.

    Returns:
        those of the people who have a joint.
    """
    values = np.asarray(values, dtype=np.float64)
    sure = np.where(np.isnan(values[..., 2]), 1, values[..., 2])
    missing = np.isnan(values[..., :2]).any(axis=-1) | ~(sure > 0)
    values, sure, missing = (part[~missing.all(axis=1)] for part in (values, sure, missing))
    position = np.where(missing[..., None], np.nan, values[..., :2])
    return People(position, np.where(missing, 0, np.minimum(sure, 1)))


def refuse_settings(file: Path, config: PosesConfig, *, pose: str, why: Mapping[str, str]) -> None:
    """Refuse settings that a source's files have no place for.

    Args:
        file: for messages.
        config: the settings.
        pose: the source.
        why: key of ``poses`` -> what the source's files do not do.

    Raises:
        InputError: naming the setting.
    """
    for key, reason in why.items():
        if getattr(config, key):
            expected = f"no 'poses.{key}' for {pose}, which {reason}"
            raise InputError(file, expected=expected, found=str(getattr(config, key)))


def numbers(file: Path, values: object, *, what: str, counts: Sequence[int]) -> np.ndarray:
    """Read a list of so many numbers.

    Raises:
        InputError: if it is another thing.
    """
    array = np.array(values, dtype=object) if isinstance(values, list) else np.empty(0, dtype=object)
    # bool is an int to Python, and none to a person
    if array.shape not in {(n,) for n in counts} or not all(type(v) in (int, float) for v in array.tolist()):
        found = f"{len(values)} values" if isinstance(values, list) else type(values).__name__
        raise InputError(file, expected=f"{' or '.join(map(str, counts))} numbers in {what}", found=found)
    try:
        return array.astype(np.float64)
    except OverflowError as error:
        found = "a whole number of more than 300 digits"
        raise InputError(file, expected=f"numbers in {what}", found=found) from error
