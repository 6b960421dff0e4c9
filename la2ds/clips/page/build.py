"""Writing the page of two clips in step: data as JSON beside a script that shows it, all in one file."""

import base64
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from la2ds.clips.clip import Clip
from la2ds.clips.departures import LEAST, SHORTEST, SURE, Departure, in_short
from la2ds.clips.departures.angles import Angles, joint_angles, joints_of, label_of
from la2ds.clips.matching.confidence import TOLERANCE
from la2ds.clips.matching.match import Match
from la2ds.clips.page.pictures import Pictures, small_pictures
from la2ds.formats.files.storage import write_text
from la2ds.formats.skeletons import skeleton_named
from la2ds.report.page.html import text
from la2ds.views.joints import MIN_CONFIDENCE, far_off

LARGEST = 9_800_000  # bytes of a page
LEAST_ROOM = 1_000_000  # bytes for pictures, however much the rest takes
ENLARGE = 1.25  # how much of the surroundings a close view shows
# Nothing leaves the page, and nothing is fetched, whatever a name should hold.
POLICY = (
    "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)
SCRIPTS = ("charts.js", "marks.js", "page.js")


def write_page(
    path: str | Path,
    match: Match,
    *,
    departures: Sequence[Departure],
    titles: tuple[str, str],
    warnings: Sequence[str] = (),
    pictures: bool = True,
    footer: str = "",
) -> None:
    """Write one HTML file that shows both clips in step, and needs nothing beside it.

    Args:
        path: the file.
        match: the clips, and which frames go together.
        departures: where the second departs from the first (``la2ds.clips.departures``).
        titles: what the clips are called on the page; saved marks name them as ``Clip.name`` does.
        warnings: sentences that stand above everything.
        pictures: False for skeletons alone: the file then holds no picture.
        footer: a line below everything.

    Raises:
        InputError: if pictures cannot be read.
    """
    clips = match.a, match.b
    data = _data(match, departures, titles, [*warnings], footer)
    if pictures and all(clip.frames for clip in clips):
        room = max(LEAST_ROOM, LARGEST - len(_page(data)))
        # Base64 takes four characters for three bytes, and two quotation marks and a comma.
        small = small_pictures(clips, int(room * 0.74))
        for side, clip, own in zip("ab", clips, small, strict=True):
            data[side]["pictures"] = _embedded(own)
            data["notes"] += _fewer(own, clip, titles["ab".index(side)])
    write_text(path, _page(data))


def _page(data: dict[str, Any]) -> str:
    here, drawing = files("la2ds.clips.page"), files("la2ds.report.page").joinpath("drawing.js")
    read = {name: here.joinpath(name).read_text(encoding="utf-8") for name in ("page.html", "page.css", *SCRIPTS)}
    # Nothing inside may end the script, or begin a comment.
    inside = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    title = text(f"{data['a']['title']} and {data['b']['title']} in step")
    script = "\n".join([drawing.read_text(encoding="utf-8"), *(read[name] for name in SCRIPTS)])
    page = Template(read["page.html"])
    return page.substitute(policy=POLICY, title=title, css=read["page.css"], data=inside, script=script)


def _data(
    match: Match, departures: Sequence[Departure], titles: tuple[str, str], warnings: list[str], footer: str
) -> dict[str, Any]:
    """Lay out everything but the pictures as JSON can hold it."""
    angles = [joint_angles(clip) for clip in (match.a, match.b)]
    shared = [name for name in angles[0].degrees if name in angles[1].degrees]
    return {
        **{
            side: _clip(clip, title) | _curves(own, shared)
            for side, clip, title, own in zip("ab", (match.a, match.b), titles, angles, strict=True)
        },
        "path": match.path.T.tolist(),
        "confidence": _numbers(match.confidence, 3),
        "sure": SURE,
        "told": how_sure(match),
        "angles": [label_of(name) for name in shared],
        "departures": [_departure(d, match.a, shared) for d in departures],
        "short": in_short(match, departures),
        "rule": f"Told is what differs by more than {LEAST:g}° for at least {SHORTEST} frames, even if B is matched a"
        " little earlier or later, where the joints are seen well and both persons from the same side.",
        "warnings": warnings,
        "notes": [],
        "footer": footer,
    }


def _clip(clip: Clip, title: str) -> dict[str, Any]:
    skeleton = skeleton_named(clip.skeleton)
    sides = [next((s for s in ("left", "right") if joint.startswith(f"{s}_")), "") for joint in clip.joints]
    return {
        "name": clip.name,
        "title": title,
        "size": list(clip.size),
        "times": _numbers(clip.times, 3),
        "poses": [_numbers(pose.reshape(-1), 1) for pose in clip.poses],
        "limbs": [list(limb) for limb in skeleton.limb_indices] if skeleton else [],
        "sides": sides,
        "box": _numbers(np.array(close_view(clip)), 1),
        "pictures": None,
    }


def _curves(angles: Angles, shared: Sequence[str]) -> dict[str, Any]:
    """Lay out degrees by frame for each angle, null where missing, and in which frames they are to be trusted."""
    trusted = ["".join("01"[int(c >= SURE)] for c in angles.confidence[name]) for name in shared]
    return {"angles": [_numbers(angles.degrees[name], 1) for name in shared], "trusted": trusted}


def close_view(clip: Clip) -> tuple[float, float, float, float]:
    """Give the part of the film in which the person moves, with some room: x, y, width and height in pixels.

    The whole film where no joint is seen.
    """
    seen = (clip.confidence >= MIN_CONFIDENCE) & ~far_off(clip.poses)
    if not seen.any():
        return (0.0, 0.0, float(clip.size[0]), float(clip.size[1]))
    low, high = np.percentile(clip.poses[seen], [0.5, 99.5], axis=0)
    room = (ENLARGE - 1) / 2 * max(float((high - low).max()), 1.0)
    (x, y), (width, height) = low - room, high - low + 2 * room
    return float(x), float(y), float(width), float(height)


def _departure(departure: Departure, clip: Clip, shared: Sequence[str]) -> dict[str, Any]:
    joints = [clip.joints.index(joint) for angle in departure.angles for joint in joints_of(angle)]
    return {
        "text": departure.text,
        "step": departure.step,
        "frames": list(departure.frames),
        "joints": joints,
        "angles": [shared.index(angle) for angle in departure.angles],
    }


def how_sure(match: Match) -> str:
    """Say in one sentence how sure the alignment is."""
    share = 100 * float((match.confidence >= SURE).mean())
    by = "a model's embeddings" if match.by == "embedding" else "poses alone, without a model"
    return f"{share:.0f} % of the frames are likely within {100 * TOLERANCE:g} % of the right moment (matched by {by})."


def _embedded(pictures: Pictures) -> dict[str, Any] | None:
    if not pictures.images:
        return None
    return {"stride": pictures.stride, "images": [base64.b64encode(image).decode() for image in pictures.images]}


def _fewer(pictures: Pictures, clip: Clip, title: str) -> list[str]:
    """Say that a clip's pictures are fewer than its frames."""
    if not pictures.images:
        return [f"{title} is too long for pictures on a page; skeletons are shown."]
    if pictures.stride == 1:
        return []
    rate = clip.fps / pictures.stride
    return [f"{title} is long: the page has {rate:.1f} of its {clip.fps:.4g} pictures a second, and all skeletons."]


def _numbers(values: np.ndarray, digits: int) -> list[float | None]:
    """Round; null where not a number."""
    rounded = np.round(values.astype(np.float64), digits).tolist()
    return [None if value != value else int(value) if value == int(value) else value for value in rounded]
