"""Poses of one film, estimated in a process of its own: MediaPipe wants settings of the whole process.

``stay_offline`` closes the network for the process it is called in, which must not be the user's own. What is done is
what the verb ``keypoints`` does with reader ``folder``.
"""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

from la2ds.config import DatasetConfig, EstimationConfig
from la2ds.errors import InputError
from la2ds.formats.keypoints import write_keypoints
from la2ds.formats.quarantine import KEY, Refusal
from la2ds.formats.videos import read_videos

SAMPLED = 8  # pictures that are searched for several people


def settings_of(people: int) -> DatasetConfig:
    """Give the settings of the reader ``folder`` as they are where its file says nothing."""
    estimation = EstimationConfig(people=people)
    return DatasetConfig(reader="folder", root=".", actions=("clip",), pose="mediapipe", estimation=estimation)


def estimate_apart(frames: Path, videos: Path, output: Path, *, weights: Path, people: int) -> None:
    """Write a film's keypoints.

    Args:
        frames: its frames shard.
        videos: its videos table, of one row.
        output: keypoints to write.
        weights: of the pose landmarker.
        people: 1 where the film shows one person, which is checked; more to follow the largest of so many.

    Raises:
        InputError: if nobody is in the film, or several people where one was expected.
    """
    task = {"frames": str(frames), "videos": str(videos), "output": str(output), "weights": str(weights)}
    place = str(Path(__file__).resolve().parents[2])
    known = os.environ.get("PYTHONPATH")
    environment = os.environ | {"PYTHONPATH": f"{place}{os.pathsep}{known}" if known else place}
    command = [sys.executable, "-m", "la2ds.clips.estimate", json.dumps(task | {"people": people})]
    # In a session of its own: Ctrl-C ends this process, which ends that one.
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=False, env=environment, start_new_session=True
    )
    if done.returncode == 2:
        raise InputError(**json.loads(done.stdout.splitlines()[-1]))
    if done.returncode:
        raise InputError(videos, expected="poses of its film", found=f"MediaPipe ended with {done.returncode}")


def _estimate(frames: Path, videos: Path, output: Path, *, weights: Path, people: int) -> None:
    from la2ds.pose.estimators.mediapipe import count_people, estimate
    from la2ds.pose.fill_gaps import fill_shard
    from la2ds.pose.request import PoseRequest
    from la2ds.pose.sound import keep_sound

    rows, settings = read_videos(videos), settings_of(people)
    # What it warns of is in the error and in the keypoints, where the film has its own name.
    logging.getLogger(keep_sound.__module__).setLevel(logging.ERROR)
    source = str(rows.source.iloc[0])
    if people == 1:
        counts = count_people(frames, weights, sample=SAMPLED)
        several = sum(count > 1 for count in counts)
        if 2 * several >= len(counts):
            found = f"several in {several} of {len(counts)} pictures looked at (people=2 follows the largest)"
            raise InputError(source, expected="one person", found=found)
    request = PoseRequest(settings, videos, Path(), rows, frames=frames, weights=weights)
    shard = keep_sound(estimate(request), rows, settings.estimation)
    if not shard.clips:
        reason = Refusal(*json.loads(shard.metadata[KEY])[0]).reason
        raise InputError(source, expected="a person whose joints can be seen", found=reason.partition("found ")[2])
    write_keypoints(output, fill_shard(shard, settings.estimation.fill_gaps))


def main() -> int:
    """Do what the JSON on the command line says; bad input is answered in JSON, with exit status 2."""
    task = json.loads(sys.argv[1])
    files = {key: Path(task[key]) for key in ("frames", "videos", "output", "weights")}
    try:
        _estimate(**files, people=task["people"])
    except InputError as error:
        print(json.dumps({"file": error.file, "expected": error.expected, "found": error.found}))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
