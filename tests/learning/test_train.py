"""Training, resuming, embedding and controls on a toy action."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from la2ds import __main__ as cli
from la2ds.config import EncoderConfig, load_method
from la2ds.errors import InputError
from la2ds.formats.embeddings import embed_time, read_embeddings
from la2ds.formats.files.storage import sha256_of
from la2ds.formats.keypoints import Keypoints, KeypointShard, read_keypoints, write_keypoints
from la2ds.formats.skeletons import BODY13
from la2ds.formats.videos import read_videos, write_videos
from la2ds.learning.controls import controls_of, embed_pose, embed_pose_time, embed_random
from la2ds.learning.model import load_weights
from la2ds.learning.training.checkpoint import load_checkpoint
from tests.fixtures.training_study import METHOD, draw, embed_command, history, train_command, write_method


def test_same_seed_same_weights_another_seed_others(study: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        assert cli.main(train_command(study, name, seed=seed)) == 0
    sums = [sha256_of(study / name / "model.safetensors") for name in "abc"]
    assert sums[0] == sums[1] != sums[2]
    pd.testing.assert_frame_equal(history(study / "a"), history(study / "b"))
    assert len(history(study / "a")) == 12
    run = json.loads((study / "a" / "run.json").read_text())
    assert run["videos"] == 6 and run["steps"] == 12 and run["provenance"]["commit"]
    assert run["method"]["optimiser"]["batch"] == 4


def test_the_loss_falls(study: Path) -> None:
    write_method(study / "toy.yaml", steps=40)
    assert cli.main(train_command(study, "a")) == 0
    losses = history(study / "a").loss
    assert losses[-10:].mean() < 0.8 * losses[:10].mean()


def test_a_killed_run_resumes_to_the_same_weights(study: Path) -> None:
    """SIGKILL after the first checkpoint, then the same command again."""
    write_method(study / "toy.yaml", steps=150)
    assert cli.main(train_command(study, "whole")) == 0
    command = [sys.executable, "-m", "la2ds", *train_command(study, "broken")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    checkpoint = study / "broken" / "checkpoint.pt"
    deadline = time.monotonic() + 120
    while not checkpoint.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert checkpoint.exists() and not (study / "broken" / "model.safetensors").exists()
    assert cli.main(train_command(study, "broken")) == 0
    assert not checkpoint.exists()
    pd.testing.assert_frame_equal(history(study / "whole"), history(study / "broken"))
    assert sha256_of(study / "whole" / "model.safetensors") == sha256_of(study / "broken" / "model.safetensors")


def test_sigterm_writes_a_checkpoint_and_fails(study: Path) -> None:
    write_method(study / "toy.yaml", steps=100000, checkpoint_every=10)
    process = subprocess.Popen([sys.executable, "-m", "la2ds", *train_command(study, "a")], stderr=subprocess.DEVNULL)
    checkpoint = study / "a" / "checkpoint.pt"
    deadline = time.monotonic() + 120
    while not checkpoint.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 143
    assert checkpoint.exists()


def test_a_checkpoint_of_other_settings_is_not_taken(study: Path, caplog: pytest.LogCaptureFixture) -> None:
    checkpoint = study / "checkpoint.pt"
    assert load_checkpoint(checkpoint, fingerprint="x") is None
    checkpoint.write_bytes(b"torn")
    assert load_checkpoint(checkpoint, fingerprint="x") is None
    assert "starting from the beginning" in caplog.text


def test_embedding_covers_every_frame_and_says_where_it_comes_from(
    study: Path, caplog: pytest.LogCaptureFixture
) -> None:
    draw(study)
    assert cli.main(train_command(study, "a")) == 0
    assert cli.main(embed_command(study, "a")) == 0
    found = read_embeddings(study / "a.parquet")
    assert sorted(found.clips) == ["t0", "t1", "t2", "t3", "t4", "t5", "v0"]
    assert {k: v.shape for k, v in found.clips.items()}["v0"] == (21, 16)
    assert found.metadata["weights_sha256"] == sha256_of(study / "a" / "model.safetensors")
    assert found.metadata["method"] == "toy" and found.metadata["seed"] == "0"
    assert "v1" in caplog.text  # the clip without heatmaps is named


def test_embedding_is_the_same_for_the_mirrored_person(study: Path) -> None:
    """The mean with the mirror image makes left- and right-handed performances equal."""
    clips = read_keypoints(study / "k.parquet").clips
    turned = clips["t0"].position[:, list(BODY13.mirror)] * [-1, 1] + [300, 0]
    clips["t1"] = Keypoints(turned.astype(np.float32), clips["t0"].confidence)
    write_keypoints(study / "k.parquet", KeypointShard(clips, "body13", "test/1"))
    videos = read_videos(study / "videos.csv").set_index("video_id")
    videos.loc["t1", "frames"] = videos.frames["t0"]
    write_videos(study / "videos.csv", videos.reset_index())
    draw(study)
    write_method(study / "toy.yaml", steps=0)
    assert cli.main(train_command(study, "a")) == 0
    assert cli.main(embed_command(study, "a")) == 0
    found = read_embeddings(study / "a.parquet").clips
    np.testing.assert_allclose(found["t0"], found["t1"], atol=0.02)  # uint8 maps
    assert np.abs(found["t0"] - found["t2"][: len(found["t0"])]).max() > 0.1


def test_weights_of_another_network_are_refused(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(train_command(study, "a")) == 0
    other = METHOD | {"input": {"heatmaps": {"size": 24}}}
    (study / "other.yaml").write_text(yaml.safe_dump(other))
    with pytest.raises(InputError, match="expected weights of a network with"):
        load_weights(study / "a" / "model.safetensors", load_method(study / "other.yaml"), "body13")
    (study / "torn.safetensors").write_bytes(b"\0" * 20)
    with pytest.raises(InputError, match=r"torn.safetensors: expected weights \(safetensors\)"):
        load_weights(study / "torn.safetensors", load_method(study / "toy.yaml"), "body13")


def test_an_action_without_videos_is_refused(study: Path, caplog: pytest.LogCaptureFixture) -> None:
    command = train_command(study, "a")
    command[command.index("swing")] = "jump"
    assert cli.main(command) == 2
    assert "videos.csv: expected videos of action jump in split train, found none" in caplog.text


def test_controls_are_their_formulas(study: Path) -> None:
    rng = np.random.default_rng(0)
    clip = Keypoints(rng.uniform(0, 100, (9, 13, 2)).astype(np.float32), np.ones((9, 13), np.float32))
    np.testing.assert_allclose(embed_time(4)[:, 0], [0, 0.25, 0.5, 0.75])
    np.testing.assert_array_equal(embed_random("a", 5, dim=3, seed=1), embed_random("a", 5, dim=3, seed=1))
    assert not np.allclose(embed_random("a", 5, dim=3, seed=1), embed_random("b", 5, dim=3, seed=1))
    pose = embed_pose(clip)
    assert pose.shape == (9, 26)
    assert np.mean((pose**2).sum(1)) == pytest.approx(1, rel=1e-5)
    far = Keypoints(clip.position * 3 + 50, clip.confidence)
    np.testing.assert_allclose(embed_pose(far), pose, atol=1e-5)  # where and how large the person is does not matter
    # A frame rate that is not known is taken for 25; a faster one makes the same steps quicker.
    moving = controls_of(EncoderConfig(kind="pose_motion"), seed=0, skeleton="body13")
    unknown, usual, quick = (moving("a", 9, clip, fps) for fps in (np.nan, 25.0, 50.0))
    assert unknown.shape == (9, 52)
    np.testing.assert_array_equal(unknown, usual)
    np.testing.assert_array_equal(quick[:, :26], usual[:, :26])
    assert np.abs(quick[:, 26:]).mean() > np.abs(usual[:, 26:]).mean()
    both = embed_pose_time(clip, weight=3.0)
    np.testing.assert_allclose(both[:, -1], 3 * np.arange(9) / 9, rtol=1e-6)
    clip.position[4, 2] = np.nan
    assert np.isfinite(embed_pose(clip)).all()


@pytest.mark.parametrize(
    ("kind", "size", "clips"),
    [("random", 128, 8), ("time", 1, 8), ("pose", 26, 7), ("pose_time", 27, 7), ("pose_motion", 52, 7)],
)
def test_controls_are_embedded_like_methods(study: Path, kind: str, size: int, clips: int) -> None:
    inputs = {"kind": "keypoints" if "pose" in kind else "none"}
    (study / "c.yaml").write_text(yaml.safe_dump({"label": kind, "input": inputs, "encoder": {"kind": kind}}))
    command = ["embed", "--method", str(study / "c.yaml"), "--seed", "0", "--action", "swing"]
    command += ["--videos", str(study / "videos.csv"), "--output", str(study / "c.parquet")]
    command += ["--keypoints", str(study / "k.parquet")] if "pose" in kind else []
    assert cli.main(command) == 0
    found = read_embeddings(study / "c.parquet").clips
    assert len(found) == clips and found["t0"].shape == (15, size)
