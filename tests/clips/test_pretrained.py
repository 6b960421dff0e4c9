"""The network that comes with the package: whole, small, quick, and better than the clock on movements it never saw."""

import json
import shutil
import time

import numpy as np
import pytest

import la2ds
from la2ds.datasets.demo.motion import MOVEMENTS
from la2ds.formats.files.storage import sha256_of
from la2ds.learning.model import PRETRAINED
from tests.fixtures.drawn_clips import drawn_clip
from tests.fixtures.paths import ROOT


def test_it_is_what_its_card_says_and_small():
    run = json.loads((PRETRAINED / "run.json").read_text())
    weights = PRETRAINED / "model.safetensors"
    assert sha256_of(weights) == run["weights_sha256"] and weights.stat().st_size < 2**20
    card = (PRETRAINED / "CARD.md").read_text()
    assert run["weights_sha256"] in card and run["provenance"]["commit"] in card
    assert "dirty" not in run["provenance"]["commit"] and (run["seed"], run["method"]["start"]) == (0, "")


def test_other_weights_than_the_card_names_are_refused(tmp_path):
    folder = shutil.copytree(PRETRAINED, tmp_path / "copy")
    la2ds.load(folder)
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(la2ds.InputError, match=r"expected the weights of run.json, sha256"):
        la2ds.load(folder)


@pytest.mark.parametrize("action", MOVEMENTS)
def test_clips_are_matched_in_seconds_and_better_than_by_the_clock(action):
    begin, model = time.process_time(), la2ds.load("pretrained")
    clips = [drawn_clip(n, action) for n in range(6)]
    embedded = [(model.embed(clip), events) for clip, events in clips]
    missed, by_clock = [], []
    for a, events_a in embedded:
        for b, events_b in embedded:
            if a is not b:
                match = la2ds.align(a, b)
                assert match.by == "embedding"
                for one, other in zip(events_a[::2], events_b[::2], strict=True):  # the second is the lamp's
                    missed.append(abs(match.at(one).frame - other) / len(b))
                    by_clock.append(abs(one / (len(a) - 1) - other / (len(b) - 1)))
    assert time.process_time() - begin < 20
    assert np.mean(missed) < 0.5 * np.mean(by_clock)


def test_its_name_is_taken(cache):
    clips = [drawn_clip(n)[0] for n in range(2)]
    with pytest.raises(la2ds.InputError, match="other than pretrained"):
        la2ds.learn(clips, name="pretrained")


def test_it_learns_from_the_clips_at_hand(cache, tmp_path):
    clips = [drawn_clip(n)[0] for n in range(3)]
    shutil.copytree(ROOT / "config/methods", tmp_path / "methods")
    # A tenth of its rate: a few steps at the whole of it lead far away.
    slow = tmp_path / "methods/slow.yaml"
    slow.write_text("base: la2ds_adapted\noptimiser: {learning_rate: 0.0001}\n")
    model = la2ds.learn(clips, method=str(slow), steps=0.01)
    as_it_is, adapted = la2ds.load("pretrained").embed(clips[0]).embedding, model.embed(clips[0]).embedding
    assert model.method.start == "pretrained" and not np.array_equal(as_it_is, adapted)
    assert np.abs(as_it_is - adapted).mean() < 0.2 * np.abs(as_it_is).mean()  # it did not start from random weights
