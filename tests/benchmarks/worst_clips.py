"""The validation clips in which key events are carried furthest off, as people marked them and as they were found.

    python tests/benchmarks/worst_clips.py results/penn_five --method la2ds_align --output docs/pictures/worst_clips.png

Of each action ten clips, of each of these the event that is missed most: above the frame that people marked, below the
median of the frames that the other clips carry it to. And a line for each action with what the worst tenth of the clips
makes of the error, and what part of all error lies where the pose hardly differs between the two frames, so that where
the event lies is a matter of convention.
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure, SubFigure

from la2ds.evaluation.evaluate import action_clips
from la2ds.evaluation.metrics.carried_events import carried_by_nearest, missed_from
from la2ds.evaluation.metrics.clips import ActionClips
from la2ds.evaluation.metrics.events import event_frames
from la2ds.formats.embeddings import read_embeddings
from la2ds.formats.keypoints import Keypoints, KeypointShard, read_keypoints
from la2ds.formats.labels import read_labels
from la2ds.formats.skeletons import SKELETONS
from la2ds.formats.videos import frames_of, read_videos
from la2ds.report.figures.person import Person, show
from la2ds.views.joints import fill_gaps
from la2ds.views.pose_features import body_size

HARDLY = 0.1  # body sizes by which joints differ on average
CLIPS = 10


def main() -> None:
    """Measure and draw every action of a study."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", type=Path, help="results/DATASET")
    parser.add_argument("--method", default="la2ds_align")
    parser.add_argument("--output", type=Path, required=True, help="picture")
    args = parser.parse_args()
    videos = read_videos(args.study / "videos.csv")
    frames = frames_of(videos)
    labels = read_labels(args.study / "labels.parquet", frames)
    files = sorted((args.study / "embeddings" / args.method).glob("*/seed0.parquet"))
    figure = Figure(figsize=(1.1 * CLIPS, 2.8 * len(files)), layout="constrained")
    for part, file in zip(np.atleast_1d(figure.subfigures(len(files))), files, strict=True):
        action = file.parent.name
        (data,) = action_clips(read_embeddings(file, frames), videos, labels, file).values()
        poses = read_keypoints(sorted(map(str, (args.study / "keypoints").glob(f"*/{action}_*.parquet"))))
        missed, found = carried(data)
        error = np.nan_to_num(np.nanmean(missed, axis=0))
        worst = np.argsort(-error.mean(axis=1))
        tenth, still = error[worst[: len(worst) // 10]].sum() / error.sum(), resting(data, poses, missed, found)
        print(f"{action}: {error.mean():.1%}; {tenth:.0%} of it in the worst tenth of the clips, {still:.0%} at rest")
        part.suptitle(action, fontsize=9)
        draw(part, data, poses, error, found, worst[:CLIPS])
    figure.savefig(args.output, dpi=90)


def carried(data: ActionClips) -> tuple[np.ndarray, np.ndarray]:
    """Carry every event: what it is missed by, as a share of the clip, and the frame found; (V, V, E) each."""
    events = np.array([event_frames(clip.phases, data.phase_count) for clip in data.val])
    found = carried_by_nearest([clip.embedding for clip in data.val], events)
    lengths = np.array([len(clip.phases) for clip in data.val])
    found[np.diag_indices(len(found))] = np.nan
    return missed_from(found, events) / lengths[:, None], found


def resting(data: ActionClips, poses: KeypointShard, missed: np.ndarray, found: np.ndarray) -> float:
    """Give the share of the error where the pose differs by less than ``HARDLY`` between the frame marked and found."""
    still = 0.0
    for v, clip in enumerate(data.val):
        places = fill_gaps(poses.clips[clip.video_id].position)
        places = places - places.mean(axis=1, keepdims=True)
        for event, true in enumerate(event_frames(clip.phases, data.phase_count)):
            error = missed[:, v, event]
            frames = found[~np.isnan(error), v, event].astype(int)
            apart = np.linalg.norm(places[frames] - places[true], axis=-1).mean(axis=1) / body_size(places)
            still += error[~np.isnan(error)][apart < HARDLY].sum()
    return float(still / np.nansum(missed))


def draw(
    figure: SubFigure, data: ActionClips, poses: KeypointShard, error: np.ndarray, found: np.ndarray, worst: np.ndarray
) -> None:
    """Draw the worst clips side by side: as marked above, as found below."""
    median = np.nanmedian(found, axis=0)
    axes = figure.subplots(2, len(worst))
    for column, v in enumerate(worst):
        clip, event = data.val[v], int(np.argmax(error[v]))
        true = int(event_frames(clip.phases, data.phase_count)[event])
        shown = poses.clips[clip.video_id]
        person = Person(Keypoints(shown.position, shown.confidence), SKELETONS[poses.skeleton], {}, 1.0)
        for row, (frame, who) in enumerate(((true, "marked"), (median[v, event].round(), "found"))):
            show(axes[row, column], person, int(frame), size=96)
            axes[row, column].set_xlabel(f"{who} {frame:.0f}", fontsize=7)
        axes[0, column].set_title(f"{clip.video_id}, event {event + 1}\nof {len(clip.phases)} frames", fontsize=7)


if __name__ == "__main__":
    main()
