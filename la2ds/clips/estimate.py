"""Poses of films, estimated in a process of their own: MediaPipe wants settings of the whole process.

``stay_offline`` closes the network for the process it is called in, which must not be the user's own. What is done is
what the verb ``keypoints`` does with reader ``folder``.
"""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
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


@dataclass(frozen=True)
class Task:
    """The poses of one film.

    Attributes:
        frames: its frames shard.
        videos: its videos table, of one row.
        output: keypoints to write.
    """

    frames: Path
    videos: Path
    output: Path


def estimate_apart(tasks: Sequence[Task], *, weights: Path, people: int) -> list[InputError | None]:
    """Write the keypoints of films, one after the other in one process, which takes seconds to start.

    Where that process dies, the film it was looking at is given up, and another one goes on with those behind it.

    Args:
        tasks: the films.
        weights: of the pose landmarker.
        people: 1 where a film shows one person, which is checked; more to follow the largest of so many.

    Returns:
        what is wrong with each film, such as that nobody is in it; None where its keypoints are written.
    """
    answers: list[InputError | None] = []
    while len(answers) < len(tasks):
        found, status = _ask(tasks[len(answers) :], weights=weights, people=people)
        answers += found
        if len(answers) < len(tasks):
            film = str(read_videos(tasks[len(answers)].videos).source.iloc[0])
            answers.append(InputError(film, expected="poses of its people", found=f"MediaPipe ended with {status}"))
    return answers


def _ask(tasks: Sequence[Task], *, weights: Path, people: int) -> tuple[list[InputError | None], int]:
    """Let a process look at films: its answers up to where it ended, and its exit status."""
    films = [{name: str(file) for name, file in asdict(task).items()} for task in tasks]
    question = json.dumps({"tasks": films, "weights": str(weights), "people": people})
    place = str(Path(__file__).resolve().parents[2])
    known = os.environ.get("PYTHONPATH")
    environment = os.environ | {"PYTHONPATH": f"{place}{os.pathsep}{known}" if known else place}
    if not sys.stderr.isatty():  # bars are for people who look on
        environment["TQDM_DISABLE"] = "1"
    # In a session of its own: Ctrl-C ends this process, which ends that one.
    done = subprocess.run(
        [sys.executable, "-m", "la2ds.clips.estimate"],
        input=question,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env=environment,
        start_new_session=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.endswith("}")]
    return [InputError(**answer) if answer else None for answer in answers], done.returncode


def _estimate(task: Task, *, weights: Path, people: int) -> None:
    from la2ds.pose.estimators.mediapipe import count_people, estimate
    from la2ds.pose.fill_gaps import fill_shard
    from la2ds.pose.request import PoseRequest
    from la2ds.pose.sound import keep_sound

    rows, settings = read_videos(task.videos), settings_of(people)
    # What it warns of is in the error and in the keypoints, where the film has its own name.
    logging.getLogger(keep_sound.__module__).setLevel(logging.ERROR)
    source = str(rows.source.iloc[0])
    if people == 1:
        counts = count_people(task.frames, weights, sample=SAMPLED)
        several = sum(count > 1 for count in counts)
        if 2 * several >= len(counts):
            found = f"several in {several} of {len(counts)} pictures looked at (people=2 follows the largest)"
            raise InputError(source, expected="one person", found=found)
    request = PoseRequest(settings, task.videos, Path(), rows, frames=task.frames, weights=weights)
    shard = keep_sound(estimate(request), rows, settings.estimation)
    if not shard.clips:
        reason = Refusal(*json.loads(shard.metadata[KEY])[0]).reason
        raise InputError(source, expected="a person whose joints can be seen", found=reason.partition("found ")[2])
    write_keypoints(task.output, fill_shard(shard, settings.estimation.fill_gaps))


def main() -> int:
    """Do what the JSON on standard input says; answer in a line of JSON for each film, empty where all is well."""
    question = json.load(sys.stdin)
    for task in question["tasks"]:
        files = {name: Path(file) for name, file in task.items()}
        answer = {}
        try:
            _estimate(Task(**files), weights=Path(question["weights"]), people=question["people"])
        except InputError as error:
            answer = {"file": error.file, "expected": error.expected, "found": error.found}
        print(json.dumps(answer), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
