"""What ``odd`` ranks by, chosen on drawn repetitions made wrong: ``python tests/benchmarks/odd_drawn.py``.

    python tests/benchmarks/odd_drawn.py [--seeds 7 8]

The demo's movements, 12 right clips and 3 wrong ones of one kind: half as deep, one arm left hanging, the trunk bent
too far at the extreme, knees turned in, leaning to one side, bent over all the time, or a wait of a second on the way.
People, tempi and cameras are drawn by lot for every clip (``mixed``), or are one person before one camera (``same``).
Joints are the true ones with 1.5 pixels of noise, matched by poses.

Printed: a Markdown table of the mean area under the ROC curve, for the settings of ``la2ds.odd`` and each one
changed alone.
"""

import argparse
from dataclasses import replace
from itertools import product
from unittest import mock

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from la2ds.clips.clip import Clip
from la2ds.clips.matching import odd as ranking
from la2ds.datasets.demo.motion import MOVEMENTS, Course, Pose, course
from la2ds.datasets.demo.rig import build, project, to_camera
from la2ds.datasets.demo.subject import FPS, SIZE, draw_camera, draw_subject, draw_tempo
from la2ds.formats.results.provenance import commit_id

RIGHT, WRONG, NOISE = 12, 3, 1.5
KINDS = ("shallow", "one_arm", "bent", "knees_in", "aside", "posture", "wait")
SETTINGS = {
    "as it is": {"NEAR": ranking.NEAR},
    "all of what is constant": {"CONSTANT": 1.0},
    "nothing of what is constant": {"CONSTANT": 0.0},
    "the median over frames": {"WORST": 0.5},
    "the maximum over frames": {"WORST": 1.0},
    "the median over the others": {"NEAR": 0.5},
    "the nearest of the others": {"NEAR": 0.0},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8])
    args = parser.parse_args()
    rows = []
    for action, seed, same in product(MOVEMENTS, args.seeds, (False, True)):
        right = [draw(action, n, "right", seed, same=same) for n in range(RIGHT)]
        for kind in KINDS:
            clips = right + [draw(action, RIGHT + n, kind, seed, same=same) for n in range(WRONG)]
            found = {"people": "same" if same else "mixed", "kind": kind}
            rows += [found | {"by": name, "auc": tell(clips, values)} for name, values in SETTINGS.items()]
    table = pd.DataFrame(rows)
    parts = [table.pivot_table(index="by", columns=column, values="auc") for column in ("kind", "people")]
    print(f"commit {commit_id()}\n")
    print(pd.concat([*parts, table.groupby("by").auc.mean().rename("all")], axis=1).round(2).to_markdown())


def tell(clips: list[Clip], settings: dict[str, float]) -> float:
    """Give the area under the ROC curve of the wrong clips under changed settings."""
    with mock.patch.multiple(ranking, **settings):
        found = ranking.odd(clips)
    return float(roc_auc_score(~found.video.str.startswith("right"), found.score))


def draw(action: str, number: int, kind: str, seed: int, *, same: bool) -> Clip:
    """Draw one repetition."""
    place = list(MOVEMENTS).index(action)
    rng, common = (np.random.default_rng([seed, place, n]) for n in (number, 10**6))
    subject, tempo = draw_subject(common if same else rng), draw_tempo(rng)
    way = spoil_course(course(rng, tempo), kind, action, arm=number % 2)
    pose = spoil_pose(MOVEMENTS[action](rng, subject, way), kind, way.body)
    camera = draw_camera(rng, tempo.frames)
    if same:
        camera = replace(draw_camera(common, tempo.frames), jitter=camera.jitter)
    joints = project(to_camera(build(pose, subject), camera), camera)[:, :13]
    if kind == "wait":
        joints = np.repeat(joints, np.where(np.arange(tempo.frames) == tempo.lead_in + tempo.out // 2, FPS, 1), axis=0)
    joints = (joints + rng.normal(0, NOISE, joints.shape)).astype(np.float32)
    times = np.arange(len(joints)) / FPS
    confidence = np.ones(joints.shape[:2], dtype=np.float32)
    return Clip(f"{kind}{number}", joints, confidence, times, float(FPS), (SIZE, SIZE))


def spoil_course(way: Course, kind: str, action: str, *, arm: int) -> Course:
    if kind == "shallow":  # what a jumping jack is about is the arms
        part = (1.0, 0.5) if action == "jumping_jacks" else (0.5, 1.0)
        return replace(way, body=way.body * part[0], arms=way.arms * part[1])
    return replace(way, arms=way.arms * (np.arange(2) != arm)) if kind == "one_arm" else way


def spoil_pose(pose: Pose, kind: str, body: np.ndarray) -> Pose:
    changed = {
        "bent": {"lean": pose.lean + 0.45 * body},
        "knees_in": {"knees_out": pose.knees_out - 0.9 * body[:, None]},
        "aside": {"tilt": pose.tilt + 0.35 * body},
        "posture": {"lean": pose.lean + 0.35},
    }
    return replace(pose, **changed.get(kind, {}))


if __name__ == "__main__":
    main()
