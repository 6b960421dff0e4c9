"""Two clips of each action under one slider, the second in step by each method: ``python -m la2ds draw_clips``.

The slider goes through the first clip. Beside it stands the second, once per method, at the frame that the cheapest
monotone path between the two clips' embeddings gives (``la2ds.evaluation.align``). The page can be opened alone, and
the report shows what is on it.
"""

import argparse
import base64
import io
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from la2ds.errors import InputError
from la2ds.evaluation.align import frame_costs, match_frames, partners_of
from la2ds.formats.embeddings import Embeddings
from la2ds.formats.files.storage import write_text
from la2ds.formats.labels import Labels, read_labels
from la2ds.formats.videos import read_videos
from la2ds.report.figures.person import Person, read_people, read_poses_2d, side_of
from la2ds.report.figures.shown import add_inputs, embedded_clips, labels_of, methods_of, read_all
from la2ds.report.figures.style import phase_colours, title
from la2ds.report.page import html

log = logging.getLogger(__name__)
MOST = 75  # frames of a clip that are kept; of a longer one every second, every third, ...
SIDE, QUALITY = 200, 60  # pixels of a picture, and how well WebP keeps them
LEAD = "The second clip is shown once for each method, at the frame that it matches with the first clip's."


@dataclass(frozen=True)
class Duet:
    """Two clips and which of their frames go together.

    Attributes:
        videos: video_ids; the first clip sets the pace.
        kept: of each clip, the numbers of the frames that are shown.
        partners: method -> for each kept frame of the first the place of its partner among those kept of the second.
    """

    videos: tuple[str, str]
    kept: tuple[np.ndarray, np.ndarray]
    partners: dict[str, np.ndarray]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_inputs(parser)
    parser.add_argument("--keypoints", nargs="+", required=True, help="keypoint shards; only their clips are shown")
    parser.add_argument("--frames", nargs="*", default=[], help="frame shards of the same clips; none for skeletons")
    parser.add_argument("--output", type=Path, required=True, help="HTML page to write")


def main(args: argparse.Namespace) -> None:
    """Align the first two val clips of every action, and write them on a page."""
    videos, labels = read_videos(args.videos), read_labels(args.labels)
    embeddings = read_all(args.embeddings)
    shard = read_poses_2d(args.keypoints)
    with_pose = videos[videos.video_id.isin(list(shard.clips))]
    duets = {}
    for action, methods in embeddings.items():
        both = [str(v) for v in embedded_clips(action, methods, with_pose, labels).video_id[:2]]
        if len(both) < 2:
            log.warning("%s: fewer than two embedded videos with a pose, not shown", action)
            continue
        duets[action] = make_duet((both[0], both[1]), methods)
    if not duets:
        raise InputError(args.videos, expected="an action with two embedded videos with a pose", found="none")
    at = {v: kept.tolist() for duet in duets.values() for v, kept in zip(duet.videos, duet.kept, strict=True)}
    widths, rates = (dict(zip(videos.video_id, videos[c].astype(float), strict=True)) for c in ("width", "fps"))
    people = read_people(shard, args.frames, at, widths)
    names = labels_of(methods_of(embeddings), args.methods_dir)
    scenes = [scene(action, duet, people, labels, names, rates[duet.videos[0]]) for action, duet in duets.items()]
    figure = html.scrubber(scenes, LEAD, anchor="clips")
    write_text(args.output, html.page("Two clips in step", [("clips-in-step", "Clips", figure)], ""))
    log.info("%s: %d actions, %d methods", args.output, len(duets), len(names))


def make_duet(videos: tuple[str, str], methods: Mapping[str, Embeddings]) -> Duet:
    """Find the frames of the second clip that belong to those of the first."""
    first, second = videos
    either = next(iter(methods.values())).clips
    kept = thin(len(either[first])), thin(len(either[second]))
    paths = {m: match_frames(frame_costs(e.clips[first], e.clips[second], kind="squared")) for m, e in methods.items()}
    partners = {m: partners_of(path)[kept[0]] for m, path in paths.items()}
    return Duet(videos, kept, {m: np.abs(kept[1] - frames[:, None]).argmin(1) for m, frames in partners.items()})


def thin(length: int) -> np.ndarray:
    """List at most ``MOST`` frames of a clip, evenly spread: all, or every second, third, ..."""
    return np.arange(0, length, -(-length // MOST))


def scene(
    action: str, duet: Duet, people: Mapping[str, Person], labels: Labels, names: Mapping[str, str], fps: float
) -> dict[str, Any]:
    """Lay an action out as the page's script takes it (``scrubber.js``)."""
    phases = [labels.phases[v][kept] for v, kept in zip(duet.videos, duet.kept, strict=True)]
    count = 1 + max(int(p.max(initial=-1)) for p in phases)
    return {
        "action": title(action),
        "side": SIDE,
        "seconds": [round(t / fps, 3) for t in duet.kept[0].tolist()] if fps > 0 else None,
        "phases": [labels.name_of(action, phase) for phase in range(count)],
        "colours": phase_colours(count),
        "clips": [_clip(v, kept, people[v], p) for v, kept, p in zip(duet.videos, duet.kept, phases, strict=True)],
        "rows": [{"name": names[m], "at": places.tolist()} for m, places in duet.partners.items()],
    }


def _clip(video: str, kept: np.ndarray, person: Person, phases: np.ndarray) -> dict[str, Any]:
    """Lay the kept frames of a clip out: pictures of the person, or skeletons where there are none."""
    about = {"video": video, "frames": kept.tolist(), "phases": phases.tolist()}
    if person.pictures:
        return about | {"images": [_webp(person.cut(t, SIDE)) for t in kept.tolist()]}
    x, y, side = person.square
    places = (person.clip.position[kept] - (x, y)) * (SIDE / side)
    return about | {
        "poses": [_numbers(pose) for pose in places.reshape(len(kept), -1).tolist()],
        "limbs": [list(limb) for limb in person.skeleton.limb_indices],
        "sides": [side_of(joint) for joint in person.skeleton.joints],
    }


def _numbers(values: Iterable[float]) -> list[float | None]:
    return [None if value != value else round(value, 1) for value in values]


def _webp(picture: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray((255 * picture).round().astype(np.uint8)).save(file, "WEBP", quality=QUALITY)
    return base64.b64encode(file.getvalue()).decode("ascii")
