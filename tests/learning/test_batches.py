"""Which clips a step sees, and who may see labels."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from la2ds.__main__ import main
from la2ds.config import MethodConfig, ObjectiveConfig, load_method
from la2ds.errors import InputError
from la2ds.formats.embeddings import read_embeddings
from la2ds.formats.keypoints import Keypoints, KeypointShard, read_keypoints, write_keypoints
from la2ds.formats.labels import Labels, read_labels, write_labels
from la2ds.formats.videos import VIDEO_COLUMNS, write_videos
from la2ds.learning.objectives import OBJECTIVES
from la2ds.learning.training.batches import draw_batch, sequences, show_labels
from la2ds.learning.training.train import fingerprint, start, step_loss
from la2ds.views.clips import ClipBatch
from la2ds.views.view import View

LENGTHS = (6, 3, 9)
PHASES = [np.array([0, 0, 1, 1, -1, 2]), np.array([5, 6, 7]), np.arange(9) + 10]
IDS = ["a", "b", "c"]


def clips() -> ClipBatch:
    return ClipBatch.stack([(np.zeros((n, 2, 2), np.float32), np.ones((n, 2), np.float32)) for n in LENGTHS])


def labels_file(folder: Path, ids: list[str]) -> str:
    write_labels(folder / "labels.parquet", Labels({v: PHASES[IDS.index(v)] for v in ids}, "human"))
    return str(folder / "labels.parquet")


def method(kind: str) -> MethodConfig:
    return MethodConfig("", objective=ObjectiveConfig(kind=kind))


def test_a_step_sees_different_clips_of_one_action_and_every_action_as_often() -> None:
    """Three actions of 40, 5 and 15 clips, mixed: the small ones are drawn as often as the large one."""
    order = torch.randperm(60, generator=torch.Generator().manual_seed(1))
    actions = torch.tensor([0] * 40 + [1] * 5 + [2] * 15)[order]
    generator, steps = torch.Generator().manual_seed(0), 3000
    drawn, seen = torch.zeros(3), torch.zeros(60)
    for _ in range(steps):
        batch = draw_batch(actions, generator, size=4)
        assert len(batch) == 4 == len(set(batch.tolist()))
        (action,) = set(actions[batch].tolist())
        drawn[action] += 1
        seen[batch] += 1
    assert (drawn / steps - 1 / 3).abs().max() < 0.04
    # Within an action, every clip is as likely as another.
    for action, count in ((0, 40), (1, 5), (2, 15)):
        expected = 4 * drawn[action] / count
        assert (seen[actions == action] - expected).abs().max() < 5 * expected**0.5


def test_an_action_of_few_clips_gives_all_it_has() -> None:
    actions = torch.tensor([0, 1, 0, 1, 1])
    generator = torch.Generator().manual_seed(0)
    found = {tuple(sorted(draw_batch(actions, generator, size=8).tolist())) for _ in range(40)}
    assert found == {(0, 2), (1, 3, 4)}


@pytest.mark.parametrize("size", [4, 50])
def test_with_one_action_randomness_is_what_it_was_before_there_were_several(size: int) -> None:
    """Otherwise every training of a single action would come out with other numbers."""
    found, before = torch.Generator().manual_seed(3), torch.Generator().manual_seed(3)
    for _ in range(5):
        batch = draw_batch(torch.zeros(11, dtype=torch.long), found, size=size)
        assert batch.tolist() == torch.randperm(11, generator=before)[:size].tolist()
    assert torch.equal(found.get_state(), before.get_state())


def test_frames_get_the_phase_of_the_frame_nearest_in_time() -> None:
    batch = clips().label(PHASES).pick(torch.tensor([2, 0]))
    times = torch.tensor([[0.0, 0.3, 0.57, 1.0], [0.0, 0.51, 0.78, 1.0]])
    view = View(times, times, torch.ones_like(times, dtype=torch.bool))
    z = torch.rand(2, 4, 3)
    found = sequences(z, view, batch)
    # Frames 0, 2.4, 4.56, 8 of the clip of 9; frames 0, 2.55, 3.9, 5 of the clip of 6.
    assert found.phases.tolist() == [[10, 12, 15, 18], [0, 1, -1, 2]]
    assert found.z is z and found.times is times and found.lengths.tolist() == [9, 6]
    assert sequences(z, view, clips().pick(torch.tensor([2, 0]))).phases is None


def test_phases_follow_their_clips() -> None:
    batch = clips().label(PHASES)
    assert batch.phases.tolist() == [0, 0, 1, 1, -1, 2, 5, 6, 7, *range(10, 19)]
    picked = batch.pick(torch.tensor([1, 0, 1]))
    assert picked.phases_at(torch.tensor([[0, 2], [5, 4], [1, 0]])).tolist() == [[5, 7], [2, -1], [6, 5]]
    assert clips().phases_at(torch.zeros(3, 2, dtype=torch.long)) is None
    with pytest.raises(ValueError, match=r"clips have \[6, 3, 9\] frames, but \[6, 3, 8\] phases"):
        clips().label([*PHASES[:2], PHASES[2][:8]])


def test_only_an_upper_bound_is_shown_labels(tmp_path: Path) -> None:
    file = labels_file(tmp_path, IDS)
    blind = [kind for kind in OBJECTIVES if kind != "supervised"]
    assert len(blind) > 5
    for kind in blind:
        with pytest.raises(InputError, match=r"m\.yaml: expected no --labels, which training must not see, found .*"):
            show_labels(clips(), IDS, method=method(kind), file="m.yaml", labels=file)
        assert show_labels(clips(), IDS, method=method(kind), file="m.yaml", labels=None).phases is None
    with pytest.raises(InputError, match=r"m\.yaml: expected --labels, found none"):
        show_labels(clips(), IDS, method=method("supervised"), file="m.yaml", labels=None)


def test_labels_reach_their_clips_by_name_and_none_may_lack(tmp_path: Path) -> None:
    turned = ClipBatch.stack([(np.zeros((n, 2, 2)), np.ones((n, 2))) for n in (9, 6, 3)])
    seen = show_labels(
        turned, ["c", "a", "b"], method=method("supervised"), file="m", labels=labels_file(tmp_path, IDS)
    )
    assert seen.phases.tolist() == np.concatenate([PHASES[2], PHASES[0], PHASES[1]]).tolist()
    few = labels_file(tmp_path, ["b"])
    with pytest.raises(InputError, match=r"labels\.parquet: expected labels of all .*, found 2 without, such as a"):
        show_labels(clips(), IDS, method=method("supervised"), file="m", labels=few)


def small(kind: str, **optimiser: object) -> dict[str, object]:
    encoder = {"dim": 16, "heads": 2, "spatial_dim": 8, "frames": 6, "test_frames": 10, "projection": 16}
    settings = {"steps": 40, "batch": 3, "warmup": 2, "learning_rate": 0.01} | optimiser
    objective = {"kind": kind, "sal_width": 16}
    seen = {"heatmaps": {"size": 16}}
    return {"label": kind, "training": "all", "input": seen, "encoder": encoder} | {
        "objective": objective,
        "optimiser": settings,
    }


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Two actions, mixed in the order of names; the phases of `squat` are those a network can see, a joint's height."""
    rng, clips, phases, rows = np.random.default_rng(0), {}, {}, []
    for n in range(10):
        name, frames, action = f"v{n}", 10 + n, ("jump", "squat")[n % 2]
        height = np.linspace(0, 1, frames) ** rng.uniform(0.5, 2)
        position = np.tile(rng.uniform(100, 200, (13, 2)), (frames, 1, 1))
        position[:, :6, 1] = 100 + 100 * height[:, None]
        clips[name] = Keypoints(position.astype(np.float32), np.ones((frames, 13), np.float32))
        phases[name] = np.digitize(height, [0.3, 0.7]) + 3 * (n % 2)
        rows.append([name, action, "val" if n > 7 else "train", "x", frames, 20.0, 320, 240, f"{action}_000"])
    write_videos(tmp_path / "videos.csv", pd.DataFrame(rows, columns=VIDEO_COLUMNS))
    write_labels(tmp_path / "labels.parquet", Labels(phases, "human"))
    write_keypoints(tmp_path / "k.parquet", KeypointShard(clips, "body13", "test/1"))
    for kind in ("supervised", "scl"):
        (tmp_path / f"{kind}.yaml").write_text(yaml.safe_dump(small(kind)))
    return tmp_path


def command(study: Path, verb: str, kind: str, action: str, *more: object) -> list[str]:
    words = [verb, "--method", study / f"{kind}.yaml", "--seed", 0, "--action", action, "--device", "cpu"]
    return [str(word) for word in [*words, "--videos", study / "videos.csv", *more]]


def test_one_network_learns_the_phases_of_all_actions_and_embeds_each(study: Path) -> None:
    joints = ["--keypoints", study / "k.parquet"]
    labels = ["--labels", study / "labels.parquet"]
    assert main(command(study, "train", "supervised", "all", *joints, *labels, "--output-dir", study / "all")) == 0
    run = json.loads((study / "all/run.json").read_text())
    assert (run["action"], run["videos"], run["steps"]) == ("all", 8, 40)
    losses = pd.read_csv(study / "all/history.csv").loss
    assert losses[-8:].mean() < 0.6 * losses[:3].mean()
    drawn = ["heatmaps", "--keypoints", study / "k.parquet", "--spec", "joints_p16_s060_b110"]
    assert main([str(word) for word in [*drawn, "--output", study / "h.npz"]]) == 0
    weights = ["--heatmaps", study / "h.npz", "--weights", study / "all/model.safetensors"]
    for n, action in enumerate(("jump", "squat")):
        assert main(command(study, "embed", "supervised", action, *weights, "--output", study / "e.parquet")) == 0
        assert set(read_embeddings(study / "e.parquet").clips) == {f"v{i}" for i in range(n, 10, 2)}


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("scl", True, "scl.yaml: expected no --labels, which training must not see, found"),
        ("supervised", False, "supervised.yaml: expected --labels, found none"),
    ],
)
def test_the_verb_refuses_labels_where_they_are_not_wanted_and_only_there(
    study: Path, caplog: pytest.LogCaptureFixture, kind: str, given: bool, message: str
) -> None:
    labels = ["--labels", study / "labels.parquet"] if given else []
    files = ["--keypoints", study / "k.parquet", *labels, "--output-dir", study / "out"]
    assert main(command(study, "train", kind, "jump", *files)) == 2
    assert message in caplog.text
    assert not (study / "out").exists()


def batch_of(study: Path, phases: dict[str, np.ndarray] | None) -> ClipBatch:
    own = read_keypoints(study / "k.parquet").clips
    batch = ClipBatch.stack([(c.position / 300, c.confidence.copy()) for c in own.values()])
    return batch if phases is None else batch.label([phases[v] for v in own])


def test_a_step_compares_clips_of_one_action(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    actions = [("jump", "squat")[n % 2] for n in range(10)]
    batch = batch_of(study, None)
    training = start(
        load_method(study / "scl.yaml"),
        batch,
        skeleton="body13",
        seed=0,
        device=torch.device("cpu"),
        actions=actions,
    )
    seen = []
    monkeypatch.setattr(
        training.objective, "forward", lambda first, second, **_: seen.append(first.lengths.tolist()) or first.z.sum()
    )
    for step in range(20):
        step_loss(training, step, training.model)
    # A clip's length, from 10 on, tells its number, and so its action.
    drawn = [{length % 2 for length in lengths} for lengths in seen]
    assert {1} in drawn and {0} in drawn and all(len(found) == 1 for found in drawn)
    assert all(len(lengths) == 3 == len(set(lengths)) for lengths in seen)


def test_a_checkpoint_of_other_labels_is_not_taken(study: Path) -> None:
    """A run that was killed must not go on with labels that have changed since."""
    phases = read_labels(study / "labels.parquet").phases
    changed = phases | {"v3": phases["v3"][::-1]}
    marks = [
        fingerprint(
            start(
                load_method(study / "supervised.yaml"),
                batch_of(study, given),
                skeleton="body13",
                seed=0,
                device=torch.device("cpu"),
            ),
            list(phases),
        )
        for given in (phases, phases, changed)
    ]
    assert marks[0] == marks[1] != marks[2]
