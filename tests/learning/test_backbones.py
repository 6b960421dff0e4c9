"""Frozen networks for pictures: tiny ones, made here and saved like real ones."""

import json
import sys

import cv2
import numpy as np
import pytest
import torch

from la2ds import __main__ as command
from la2ds.config import PictureSpec
from la2ds.errors import InputError
from la2ds.extras import extras_named
from la2ds.formats.features import read_features, write_features
from la2ds.formats.frames import write_frames
from la2ds.formats.keypoints import Keypoints, KeypointShard, read_keypoints, write_keypoints
from la2ds.learning.backbones.load import as_map, load_backbone
from la2ds.views.pictures import read_pictures

CPU = torch.device("cpu")
VIDEOS = "video_id,action,split,source,frames,fps,width,height,shard\n"


@pytest.fixture(scope="session")
def networks(tmp_path_factory):
    """Folders of a tiny ResNet (16 x 2 x 2 from 64 pixels) and of a tiny ViT (4 x 4 patches and a class token)."""
    transformers = pytest.importorskip(
        "transformers", reason="transformers is not installed (pip install 'la2ds[rgb]')"
    )
    folder = tmp_path_factory.mktemp("networks")
    torch.manual_seed(0)
    resnet = transformers.ResNetConfig(embedding_size=8, hidden_sizes=[8, 8, 8, 16], depths=[1, 1, 1, 1])
    transformers.ResNetModel(resnet).save_pretrained(folder / "resnet")
    sizes = {"hidden_size": 12, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    vit = transformers.ViTConfig(**sizes, image_size=32, patch_size=8)
    transformers.ViTModel(vit, add_pooling_layer=False).save_pretrained(folder / "vit")
    return folder


def noise(count=3, size=64):
    return torch.randint(0, 256, (count, 3, size, size), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


def test_a_convolutional_network_gives_its_last_map(networks):
    backbone = load_backbone(str(networks / "resnet"), device=CPU)
    assert backbone.feature_maps(noise(), grid=2).shape == (3, 16, 2, 2)
    one = backbone.feature_maps(noise(), grid=1)
    assert not one.requires_grad
    torch.testing.assert_close(one[..., 0, 0], backbone.feature_maps(noise(), grid=2).amax((-1, -2)))
    assert backbone.source.startswith("resnet@sha256:") and len(backbone.source) == len("resnet@sha256:") + 64


def test_an_earlier_layer_can_be_taken(networks):
    resnet, vit = (load_backbone(str(networks / name), device=CPU) for name in ("resnet", "vit"))
    assert resnet.feature_maps(noise(), grid=4, layer=3).shape == (3, 8, 4, 4)
    torch.testing.assert_close(resnet.feature_maps(noise(), grid=2, layer=4), resnet.feature_maps(noise(), grid=2))
    assert vit.feature_maps(noise(size=32), grid=4, layer=1).shape == (3, 12, 4, 4)
    with pytest.raises(ValueError, match="4 layers"):
        resnet.feature_maps(noise(), grid=1, layer=5)


def test_a_transformer_loses_its_class_token_and_takes_other_sizes(networks):
    backbone = load_backbone(str(networks / "vit"), device=CPU)
    assert backbone.feature_maps(noise(size=32), grid=4).shape == (3, 12, 4, 4)
    assert backbone.feature_maps(noise(size=64), grid=8).shape == (3, 12, 8, 8)


@pytest.mark.parametrize("others", [0, 1, 5])
def test_tokens_become_a_map_row_by_row(others):
    tokens = torch.arange(float(others + 9))[None, :, None]
    assert as_map(tokens)[0, 0].tolist() == (torch.arange(9.0).view(3, 3) + others).tolist()
    with pytest.raises(ValueError, match="got"):
        as_map(torch.zeros(2, 5))


def test_pictures_are_scaled_as_the_weights_say(networks, tmp_path):
    plain = load_backbone(str(networks / "resnet"), device=CPU)
    assert plain.mean.tolist() == pytest.approx([0.485, 0.456, 0.406])
    folder = tmp_path / "other"
    folder.mkdir()
    for file in (networks / "resnet").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    settings = {"do_normalize": True, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25]}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    other = load_backbone(str(folder), device=CPU)
    assert other.mean.tolist() == [0.5] * 3 and other.std.tolist() == [0.25] * 3
    assert not torch.allclose(other.feature_maps(noise(), grid=1), plain.feature_maps(noise(), grid=1))


def test_a_missing_library_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(InputError, match=r"^transformers: .*pip install 'la2ds\[rgb\]'"), extras_named():
        load_backbone("some/model", device=CPU)


def test_a_hub_that_cannot_be_reached_is_one_sentence(networks, monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match="expected a local folder, or a model the hub can be asked for") as caught:
        load_backbone("somebody/no-such-model", device=CPU)
    assert "\n" not in str(caught.value)


def test_weights_that_are_missing_or_pickled_are_refused(networks, tmp_path):
    from safetensors.torch import load_file, save_file

    (tmp_path / "config.json").write_bytes((networks / "resnet" / "config.json").read_bytes())
    weights = load_file(networks / "resnet" / "model.safetensors")
    torch.save(weights, tmp_path / "pytorch_model.bin")
    with pytest.raises(InputError, match="expected a vision model with safetensors"):
        load_backbone(str(tmp_path), device=CPU)
    lost = next(key for key in weights if key.endswith("weight"))
    del weights[lost]
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match=f"expected weights for all of ResNetModel, found none for {lost}"):
        load_backbone(str(tmp_path), device=CPU)


def test_a_network_for_text_is_refused(networks, tmp_path):
    import transformers

    config = transformers.BertConfig(
        vocab_size=8, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8
    )
    transformers.BertModel(config).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="expected a network for pictures, found BertModel"):
        load_backbone(str(tmp_path), device=CPU)


@pytest.fixture
def shard(tmp_path):
    """Frames of two clips, poses of both, and their table."""
    rng = np.random.default_rng(0)
    lengths = {"a": 5, "b": 70}
    with write_frames(tmp_path / "frames.parquet") as writer:
        for video_id, length in lengths.items():
            images = [
                cv2.imencode(".jpg", rng.integers(0, 256, (60, 80, 3), dtype=np.uint8))[1].tobytes()
                for _ in range(length)
            ]
            writer.add(video_id, times=np.arange(length) / 20, images=images, decoder="test/1")
    poses = {
        v: Keypoints(rng.uniform(20, 50, (n, 13, 2)).astype(np.float32), np.ones((n, 13), np.float32))
        for v, n in lengths.items()
    }
    write_keypoints(tmp_path / "keypoints.parquet", KeypointShard(poses, "body13", "test/1"))
    rows = "".join(f"{v},squat,train,{v}.mp4,{n},20,160,120,s\n" for v, n in lengths.items())
    (tmp_path / "videos.csv").write_text(VIDEOS + rows)
    return tmp_path


def run(folder, backbone, spec, *options):
    output = folder / "features.parquet"
    files = ["--frames", folder / "frames.parquet", "--videos", folder / "videos.csv", "--output", output]
    arguments = [*files, "--backbone", backbone, "--spec", spec, "--device", "cpu", *options]
    return command.main(["rgb", *map(str, arguments)]), output


def test_the_verb_writes_what_the_network_sees(networks, shard):
    status, output = run(shard, networks / "resnet", "resnet_box_p64_g2", "--keypoints", shard / "keypoints.parquet")
    assert status == 0
    found = read_features(output)
    assert (found.spec, found.channels, found.grid) == ("resnet_box_p64_g2", 16, 2)
    assert found.metadata["backbone"] == "resnet" and found.metadata["model"].startswith("resnet@sha256:")
    assert {v: c.shape for v, c in found.clips.items()} == {"a": (5, 16, 2, 2), "b": (70, 16, 2, 2)}
    poses = read_keypoints(shard / "keypoints.parquet").clips
    sizes = {"a": (160, 120), "b": (160, 120)}
    pictures = read_pictures(
        [shard / "frames.parquet"],
        spec=PictureSpec.parse(found.spec),
        keypoints=poses,
        box=1.1,
        video_ids=sizes,
        sizes=sizes,
    )
    backbone = load_backbone(str(networks / "resnet"), device=CPU)
    for video_id, clip in pictures.items():
        expected = backbone.feature_maps(torch.from_numpy(clip), grid=2).half()
        torch.testing.assert_close(torch.from_numpy(found.clips[video_id]), expected, atol=1e-2, rtol=1e-2)


def test_whole_pictures_need_no_keypoints(networks, shard):
    status, output = run(shard, networks / "vit", "vit_frame_p32_g1")
    assert status == 0
    assert read_features(output).clips["b"].shape == (70, 12, 1, 1)


def test_bad_input_is_refused_and_leaves_no_file(networks, shard, caplog):
    cases = [
        (networks / "resnet", "resnet_box_p64_g1", "expected --keypoints for pictures of the person's box"),
        (networks / "resnet", "small_cnn_frame_p48_g1", "expected a frozen backbone, found small_cnn"),
        (shard / "nothing", "resnet_frame_p64_g1", "expected a local folder, or a model the hub"),
    ]
    for backbone, spec, sentence in cases:
        status, output = run(shard, backbone, spec)
        assert status == 2 and sentence in caplog.text and not output.exists()
    (shard / "videos.csv").write_text(VIDEOS + "z,squat,train,z.mp4,5,20,160,120,s\n")
    status, output = run(shard, networks / "vit", "vit_frame_p32_g1")
    assert status == 2 and "expected frames of listed videos with their poses" in caplog.text and not output.exists()


def test_features_come_back_as_they_were_written(tmp_path):
    rng = np.random.default_rng(0)
    clips = {v: rng.normal(size=(n, 3, 2, 2)).astype(np.float16) for v, n in (("b", 4), ("a", 2))}
    for name, ids in (("one", "b"), ("two", "a"), ("none", "")):
        path = tmp_path / f"{name}.parquet"
        with write_features(path, spec="x_frame_p32_g2", channels=3, grid=2, metadata={"model": "x@1"}) as writer:
            for v in ids:
                writer.add(v, clips[v])
    found = read_features([tmp_path / f"{name}.parquet" for name in ("one", "two", "none")])
    assert list(found.clips) == ["b", "a"] and (found.channels, found.grid) == (3, 2)
    assert all(np.array_equal(found.clips[v], clips[v]) and found.clips[v].dtype == np.float16 for v in clips)


def test_features_that_do_not_fit_are_refused(tmp_path):
    one, two = tmp_path / "one.parquet", tmp_path / "two.parquet"
    with write_features(one, spec="x_frame_p32_g1", channels=3, grid=1, metadata={"model": "x@1"}) as writer:
        with pytest.raises(ValueError, match="are not at least one frame of"):
            writer.add("a", np.zeros((2, 3, 2, 2)))
        with pytest.raises(ValueError, match="3 features are not finite in float16"):
            writer.add("a", np.full((1, 3, 1, 1), 1e6))
    with write_features(two, spec="x_frame_p32_g1", channels=3, grid=1, metadata={"model": "x@2"}):
        pass
    with pytest.raises(InputError, match=r"expected model x@1 as in .*one.parquet, found x@2"):
        read_features([one, two])
