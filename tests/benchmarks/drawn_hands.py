"""How well hands are found in drawn films of two hands, by joint and by side (docs/results.md, hands).

    python tests/benchmarks/drawn_hands.py --clips 3 --weights models/hand_landmarker.task

Draws films of hands that pour and of hands that cross, lays them down as own videos, and sends them through the verbs
that the workflow calls. PCK is that of ``la2ds pose_quality``, but with the box of each hand, and by the clip's side: a
hand that is called by the other side's name is wrong. The weights are fetched or built if they are not there.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from la2ds.__main__ import main as la2ds
from la2ds.formats.keypoints import Keypoints, read_keypoints
from la2ds.formats.skeletons import HANDS42
from la2ds.formats.videos import read_videos
from la2ds.pose.estimators import mediapipe_hands
from la2ds.pose.people.hands import Hands, Pair
from la2ds.pose.quality import clip_sums
from tests.fixtures.drawn_hands import SIZE, HandClip, cross, pour

ACTIONS: dict[str, Callable[[int, int], HandClip]] = {"pour": pour, "cross": cross}
COLUMNS = ["pck_10", "pck_20", "error_px", "found", "side_words", "side"]
HAND = len(HANDS42.joints) // 2
RATE = 20


def main() -> None:
    """Print a table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=3, help="films of each kind")
    parser.add_argument("--frames", type=int, default=48, help="pictures in a film")
    parser.add_argument("--weights", type=Path, default=Path("models/hand_landmarker.task"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        print(measure(Path(name), args.weights, clips=args.clips, frames=args.frames).to_markdown(floatfmt=".3f"))


def measure(folder: Path, weights: Path, *, clips: int, frames: int) -> pd.DataFrame:
    """Draw films into a folder, find their hands, and compare.

    Args:
        folder: an empty one.
        weights: of the hand landmarker.
        clips: films of each kind.
        frames: pictures in a film.

    Returns:
        a row for each kind: shares of true joints found within 0.1 and 0.2 of the hand's larger side, mean error of
        those found in pixels, share of hands found, and shares of found hands that are on their own side by MediaPipe's
        word of one picture and in the end.
    """
    truth = {}
    for action, make in ACTIONS.items():
        for seed in range(clips):
            clip = make(frames, seed)
            truth[f"{action}/{seed}"] = clip.pixels
            write_film(folder / "films" / action / f"{seed}.mp4", clip)
    found, words = find(folder, weights, *ACTIONS)
    return pd.DataFrame({a: row_of(a, truth, found, words) for a in ACTIONS}, index=COLUMNS).T


def write_film(path: Path, clip: HandClip) -> None:
    """Encode a clip as H.264."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "18"})
        stream.width, stream.height = SIZE
        for picture in clip.draw():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def find(folder: Path, weights: Path, *actions: str) -> tuple[dict[str, Keypoints], dict[str, list[Hands]]]:
    """Send films through the verbs: each clip's hands, and what MediaPipe said of each picture."""
    said: list[list[Hands]] = []
    pair = mediapipe_hands.pair_hands

    def listen(frames: list[Hands], *, joints: int) -> Pair:
        said.append(frames)
        return pair(frames, joints=joints)

    mediapipe_hands.pair_hands = listen
    clips, words = {}, {}
    run("weights", "--hands", output=weights)
    for shard in decode(folder, *actions):
        shard_clips = estimate(folder, shard, "mediapipe_hands", weights)
        clips |= shard_clips
        words |= dict(zip(shard_clips, said, strict=True))
        said.clear()
    mediapipe_hands.pair_hands = pair
    return clips, words


def decode(folder: Path, *actions: str) -> list[str]:
    """Index and decode the films below ``folder/films``; the names of their shards."""
    (folder / "d.yaml").write_text(
        f"reader: folder\nroot: {folder / 'films'}\nactions: [{', '.join(actions)}]\nframes: {{short_side: 720}}\n"
    )
    run("index", dataset=folder / "d.yaml", output_videos=folder / "v.csv", output_labels=folder / "l.parquet")
    shards = sorted(set(read_videos(folder / "v.csv").shard))
    for shard in shards:
        files = {"output": folder / f"{shard}.frames", "quarantine": folder / "q.csv"}
        run("decode", dataset=folder / "d.yaml", videos=folder / "v.csv", shard=shard, **files)
    return shards


def estimate(folder: Path, shard: str, pose: str, weights: Path) -> dict[str, Keypoints]:
    """Find the poses of decoded films."""
    inputs = {"dataset": folder / "d.yaml", "videos": folder / "v.csv", "frames": folder / f"{shard}.frames"}
    output = folder / f"{shard}.{pose}.parquet"
    run("keypoints", shard=shard, pose=pose, weights=weights, output=output, **inputs)
    return read_keypoints(output).clips


def run(verb: str, *flags: str, **options: object) -> None:
    """Call a verb; end if it fails."""
    pairs = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    if status := la2ds([verb, *flags, *pairs]):
        sys.exit(status)


def row_of(
    action: str, truth: dict[str, np.ndarray], found: dict[str, Keypoints], words: dict[str, list[Hands]]
) -> list[float]:
    """Count all clips of a kind, in the order of ``COLUMNS``."""
    sums, own, seen, spoken, right = np.zeros(6), 0, 0, 0, 0
    for video_id, true in truth.items():
        if not video_id.startswith(f"{action}/"):
            continue
        for side in (0, 1):
            part, other = (slice(HAND * s, HAND * (s + 1)) for s in (side, 1 - side))
            hand = Keypoints(found[video_id].position[:, part], found[video_id].confidence[:, part])
            sums += clip_sums(hand, Keypoints(true[:, part], np.ones((len(true), HAND)))).sum(0)
            near, far = (np.linalg.norm(hand.position - true[:, p], axis=-1).mean(1) for p in (part, other))
            seen += int(np.isfinite(near).sum())
            own += int((near < far).sum())
        for frame, hands in zip(true, words[video_id], strict=True):
            for position, left in zip(hands.people.position, hands.left, strict=True):
                error = [np.linalg.norm(position - frame[HAND * s : HAND * (s + 1)], axis=-1).mean() for s in (0, 1)]
                spoken, right = spoken + 1, right + int((error[0] < error[1]) == (left > 0.5))
    counted, missing, near_10, near_20, error_sum, _ = sums
    joints = counted - missing
    return [near_10 / counted, near_20 / counted, error_sum / joints, joints / counted, right / spoken, own / seen]


if __name__ == "__main__":
    main()
