"""The encoder of joints, the objective that knows the phase, and training before anybody is seen."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from la2ds import __main__ as cli
from la2ds.config import ObjectiveConfig, shipped
from la2ds.formats.files.storage import sha256_of
from la2ds.learning.encoders.base import InputShape
from la2ds.learning.encoders.joint_transformer import MOTION, SMALLEST, JointTransformer, describe
from la2ds.learning.model import PRETRAINED, load_weights
from la2ds.learning.objectives.base import Sequences
from la2ds.learning.objectives.scl import SequenceContrastive
from la2ds.learning.pretraining import PhaseContrastive, pretrain, pretraining_settings
from tests.fixtures.training_study import train_command


def slowly_described(joints):
    """Describe one view frame by frame: (F, J, 2) -> (F, 9 J)."""
    seen = (joints != 0).any(-1)
    about = np.zeros_like(joints)
    sizes = []
    for f, frame in enumerate(joints):
        middle = frame[seen[f]].mean(0) if seen[f].any() else np.zeros(2)
        about[f][seen[f]] = frame[seen[f]] - middle
        sizes.append(np.sqrt((about[f] ** 2).sum() / max(1, seen[f].sum())))
    parts = [2 * joints.reshape(len(joints), -1), seen.astype(float)]
    parts.append((about / max(np.mean(sizes), SMALLEST)).reshape(len(joints), -1))
    for step in MOTION:
        rows = []
        for f in range(len(joints)):
            later, earlier = min(f + step, len(joints) - 1), max(f - step, 0)
            both = (seen[later] & seen[earlier])[:, None]
            rows.append((4 * (joints[later] - joints[earlier]) * both).ravel())
        parts.append(np.array(rows))
    return np.concatenate(parts, 1)


def test_frames_are_described_as_by_hand():
    joints = np.random.default_rng(0).normal(0, 0.3, (2, 7, 13, 2))
    joints[:, 2:4, 5] = 0
    joints[1, :, 0] = 0
    found = describe(torch.from_numpy(joints))
    assert found.shape == (2, 7, 9 * 13)
    np.testing.assert_allclose(found.numpy(), np.stack([slowly_described(view) for view in joints]), atol=1e-12)


def test_nothing_seen_is_no_nan_and_no_coordinates_are_refused():
    assert torch.isfinite(describe(torch.zeros(1, 5, 13, 2))).all()
    with pytest.raises(ValueError, match="needs coordinates"):
        JointTransformer(pretraining_settings(1).encoder, InputShape())


def test_the_objective_is_as_by_hand():
    config, generator = ObjectiveConfig(kind="scl_dtw"), torch.Generator().manual_seed(0)
    z = torch.randn(2, 3, 4, 6, generator=generator)
    times = torch.rand(2, 3, 4, generator=generator).sort(-1).values
    phases = torch.randint(0, 1001, (2, 3, 4), generator=generator).sort(-1).values
    first, second = (Sequences(z[n], times[n], torch.full((3,), 30), None, phases[n]) for n in (0, 1))
    found = PhaseContrastive(config)(first, second, generator=generator, step=0)
    terms = []
    for i in range(3):
        for j in range(3):
            if i != j:
                for turned in (False, True):
                    a, b = (z[1, j], z[0, i]) if turned else (z[0, i], z[1, j])
                    p, q = (phases[1, j], phases[0, i]) if turned else (phases[0, i], phases[1, j])
                    for f in range(4):
                        wanted = torch.softmax(-((p[f] / 1000 - q / 1000) ** 2) / (2 * config.sigma**2), 0)
                        cosine = torch.cosine_similarity(a[f][None], b) / config.temperature
                        terms.append((wanted * (wanted.log() - torch.log_softmax(cosine, 0))).nan_to_num(0.0).sum())
    within = SequenceContrastive(config)(first, second, generator=generator, step=0)
    assert found.item() == pytest.approx((within + torch.stack(terms).mean()).item(), rel=1e-4)
    with pytest.raises(ValueError, match="phases"):
        PhaseContrastive(config)(Sequences(z[0], times[0], first.lengths), second, generator=generator, step=0)


def test_training_leaves_the_same_weights_twice(tmp_path):
    for name in ("one", "two"):
        pretrain(tmp_path / name, seed=1, kinds=2, steps=2)
    one, two = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("one", "two"))
    assert one == two
    stored = load_file(tmp_path / "one" / "model.safetensors")
    model = load_weights(tmp_path / "one" / "model.safetensors", pretraining_settings(2), "body13")
    for name, tensor in model.state_dict().items():
        assert (stored[name].dtype, tensor.dtype) == (torch.float16, torch.float32)
        assert torch.equal(tensor, stored[name].float())
    run = json.loads((tmp_path / "one" / "run.json").read_text())
    assert run["weights_sha256"] == sha256_of(tmp_path / "one" / "model.safetensors")
    assert run["steps"] == 2 and run["videos"] == 32 and run["method"]["start"] == ""


@pytest.mark.parametrize(
    ("method", "steps", "equal"), [("la2ds_pretrained", "1", True), ("la2ds_adapted", "0.01", False)]
)
def test_methods_of_the_workflow_start_from_the_packages_network(study, method, steps, equal):
    words = train_command(study, "run", method=str(shipped("methods", method)))
    assert cli.main([*words, "--steps", steps]) == 0
    weights, start = (load_file(folder / "model.safetensors") for folder in (study / "run", PRETRAINED))
    assert weights.keys() == start.keys()
    assert all(torch.equal(weights[name], start[name].float()) for name in start) == equal
    assert max(float((weights[name] - start[name]).abs().max()) for name in start) < 0.01
