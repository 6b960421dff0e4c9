"""Pictures alone have no joints, and nothing makes them some."""

import numpy as np
import pytest
import torch

from la2ds.config import MethodConfig, build
from la2ds.learning.training import results, train
from la2ds.views.clips import ClipBatch
from la2ds.views.training_view import training_view

METHOD = build(
    MethodConfig,
    {
        "label": "pictures",
        "input": {"kind": "rgb", "pictures": {"size": 16}},
        "encoder": {"kind": "rgb_conv3d", "dim": 8, "frames": 6, "projection": 8},
        "optimiser": {"steps": 1, "batch": 2},
    },
    "method.yaml",
)


def batch() -> ClipBatch:
    rng = np.random.default_rng(0)
    clips = ClipBatch.stack([(np.zeros((t, 0, 2)), np.zeros((t, 0))) for t in (9, 7)])
    return clips.show([rng.integers(0, 256, (t, 3, 16, 16), np.uint8) for t in (9, 7)])


def test_training_gives_pictures_no_joint_set(monkeypatch: pytest.MonkeyPatch) -> None:
    skeletons = []

    def watched(*args, skeleton, **kwargs):
        skeletons.append(skeleton)
        return training_view(*args, skeleton=skeleton, **kwargs)

    for module in (train, results):
        monkeypatch.setattr(module, "training_view", watched)
    training = train.start(METHOD, batch(), skeleton="", seed=0, device=torch.device("cpu"))
    train.run_steps(training, 0, save=lambda step: None, stopped=lambda: False)
    assert results.flops_per_frame(training) > 0
    assert skeletons == [None, None, None]


@pytest.mark.parametrize("augment", [False, True])
def test_a_view_of_pictures_has_pictures_alone(augment: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    view = training_view(batch(), generator, method=METHOD, skeleton=None, augment=augment)
    assert view.maps is None and view.points is None
    assert view.pictures is not None and view.pictures.shape == (2, 6, 3, 16, 16)
