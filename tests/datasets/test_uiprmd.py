"""The reader of UI-PRMD: both layouts, joints from markers, events, views, and what is refused."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from la2ds.config import DatasetConfig
from la2ds.datasets.uiprmd import reader as uiprmd
from la2ds.datasets.uiprmd.events import MOVEMENTS, Movement, find_phases
from la2ds.datasets.uiprmd.files import TABLE, clip_parts, read_clips
from la2ds.datasets.uiprmd.markers import fill_gaps, hip_centres, to_joints
from la2ds.errors import InputError
from la2ds.formats.quarantine import ClipErrors
from la2ds.formats.skeletons import BODY13
from tests.fixtures.datasets.uiprmd import CLIPS, JOINTS, markers_of, motion, write_native, write_table

CHECKED = [name for name, movement in MOVEMENTS.items() if movement.turns != "joints furthest"]


@pytest.fixture
def root(tmp_path):
    write_table(tmp_path, {n: motion(*at, movement=clip_parts(n)[0]) for n, at in CLIPS.items()})
    return tmp_path


def config(*actions: str, **options: object) -> DatasetConfig:
    actions = actions or ("deep_squat", "side_lunge", "standing_shoulder_abduction")
    return DatasetConfig(reader="uiprmd", root="unused", actions=actions, options=options)


def test_clips_are_listed_with_the_frame_they_turn_at(root):
    videos, labels = uiprmd.index(root, config())
    assert videos.video_id.tolist() == list(CLIPS)
    assert videos.action.tolist() == ["deep_squat", "deep_squat", "side_lunge", "standing_shoulder_abduction"]
    assert videos.split.tolist() == ["train", "val", "train", "train"]
    assert videos.frames.tolist() == [frames for frames, _ in CLIPS.values()]
    assert set(videos.source) == {TABLE}
    assert set(zip(videos.fps, videos.width, videos.height, strict=True)) == {(50.0, 640, 480)}
    assert labels.source == "kinematic"
    for name, (frames, event) in CLIPS.items():
        assert labels.phases[name].tolist() == [0] * (event + 1) + [1] * (frames - event - 1)


def test_nobody_is_in_both_splits(root):
    videos, _ = uiprmd.index(root, config(val_subjects=[1, 2]))
    assert videos.split.tolist() == ["val", "train", "val", "train"]


@pytest.mark.parametrize(("event", "depth"), [(20, 30), (0, 300), (39, 300)], ids=["still", "first", "last"])
def test_clips_that_do_not_turn_are_left_out_and_named(tmp_path, caplog, event, depth):
    clips = {"m01_s01_e01": motion(40, event, depth=depth), "m01_s01_e02": motion(40, 20)}
    write_table(tmp_path, clips)
    videos, labels = uiprmd.index(tmp_path, config("deep_squat"))
    assert videos.video_id.tolist() == list(labels.phases) == ["m01_s01_e02"]
    assert "1 clips do not turn back and are left out: m01_s01_e01" in caplog.text
    assert [refusal.video_id for refusal in labels.refused] == ["m01_s01_e01"]


def test_the_hand_that_moves_marks_the_turning_point():
    points = motion(60, 20, movement=7)
    mirrored = (points * [1, -1, 1])[:, BODY13.mirror]
    for clip in (points, mirrored):
        phases = find_phases(clip, MOVEMENTS["standing_shoulder_abduction"])
        assert np.flatnonzero(np.diff(phases)).tolist() == [20]
        assert find_phases(clip, MOVEMENTS["deep_squat"]) is None


@pytest.mark.parametrize("action", sorted(set(MOVEMENTS) - set(CHECKED)))
@pytest.mark.parametrize("joint", ["left_wrist", "right_ankle"])
def test_joints_are_furthest_from_rest_at_the_turning_point(tmp_path, action, joint):
    points = motion(60, 20, depth=0)
    # All lean a little later, which counts for nothing beside a joint that goes far.
    points[..., 0] += 150 * np.exp(-(((np.arange(60) - 45) / 8) ** 2))[:, None]
    points[:, BODY13.index(joint), 0] += 400 * np.exp(-(((np.arange(60) - 20) / 8) ** 2))
    name = f"m{MOVEMENTS[action].number:02d}_s01_e01"
    write_table(tmp_path, {name: points})
    videos, labels = uiprmd.index(tmp_path, config(action))
    assert videos.action.tolist() == [action] and len(MOVEMENTS) == 10
    assert abs(int((labels.phases[name] == 0).sum()) - 21) <= 1
    assert find_phases(motion(60, 20, depth=0), MOVEMENTS[action]) is None


def test_pixels_are_the_projected_millimetres(root):
    dataset = config(yaw=30, yaw_spread=60)
    videos, _ = uiprmd.index(root, dataset)
    videos = videos.iloc[::-1]
    flat, space = (uiprmd.annotations(root, dataset, videos, dims=dims) for dims in (2, 3))
    assert list(flat.clips) == list(space.clips) == list(CLIPS)[::-1]
    assert (flat.dims, space.dims, flat.skeleton) == (2, 3, "body13")
    for name, clip in space.clips.items():
        np.testing.assert_allclose(uiprmd.CAMERA.project(clip.position), flat.clips[name].position, atol=1e-3)
        assert (clip.confidence == 1).all()
        assert (flat.clips[name].position > 0).all()
        assert (flat.clips[name].position < [640, 480]).all()


def test_from_the_front_left_is_right_and_down_is_down(root):
    videos, _ = uiprmd.index(root, config("deep_squat"))
    clip = uiprmd.annotations(root, config("deep_squat"), videos, dims=2).clips["m01_s01_e01"].position
    left, right = (clip[:, BODY13.index(f"{side}_hip")] for side in ("left", "right"))
    assert right[:, 0].max() < 320 < left[:, 0].min()
    assert left[:, 1].argmax() == CLIPS["m01_s01_e01"][1]


def test_views_are_fixed_or_drawn_once_for_each_clip():
    names = [f"m01_s01_e{k:02d}" for k in range(1, 100)]
    fixed = uiprmd._options(Path("x"), {"yaw": 20})
    assert {uiprmd.view_of(name, fixed) for name in names} == {20}
    varied = uiprmd._options(Path("x"), {"yaw": 20, "yaw_spread": 60})
    drawn = [uiprmd.view_of(name, varied) for name in names]
    assert drawn == [uiprmd.view_of(name, varied) for name in names]
    assert -40 <= min(drawn) < -30
    assert 70 < max(drawn) <= 80
    other = uiprmd._options(Path("x"), {"yaw": 20, "yaw_spread": 60, "seed": 1})
    assert drawn != [uiprmd.view_of(name, other) for name in names]


def test_published_files_give_the_same_as_the_table(root, tmp_path_factory):
    native = tmp_path_factory.mktemp("native")
    for name, at in CLIPS.items():
        write_native(native, name, motion(*at, movement=clip_parts(name)[0]))
    (native / "Vicon/m01_s01_e01_angles.txt").write_text("not read")
    tables = [uiprmd.index(folder, config()) for folder in (root, native)]
    pd.testing.assert_frame_equal(*(videos.drop(columns="source") for videos, _ in tables))
    videos, _ = tables[1]
    assert videos.source[0] == "Vicon/m01_s01_e01_positions.txt"
    ours, theirs = (uiprmd.annotations(r, config(), t[0], dims=3) for r, t in zip((root, native), tables, strict=True))
    for name, clip in ours.clips.items():
        np.testing.assert_allclose(clip.position, theirs.clips[name].position, atol=1e-2)


def test_joints_turn_with_the_markers():
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    markers = markers_of(motion(10, 5))
    np.testing.assert_allclose(to_joints(markers @ turn + 7), to_joints(markers) @ turn + 7, atol=1e-9)


def test_hips_lie_where_bell_says():
    spines = ([0, 120, 0], [0, -120, 0], [-160, 40, 0], [-160, -40, 0])
    left, right = hip_centres(*(np.array([spine], float) for spine in spines))
    np.testing.assert_allclose(left, [[-0.19 * 240, 0.36 * 240, -0.30 * 240]])
    np.testing.assert_allclose(right, [[-0.19 * 240, -0.36 * 240, -0.30 * 240]])


def test_gaps_lie_on_a_line_and_ends_repeat():
    markers = np.zeros((6, 2, 3))
    markers[1, 0], markers[4, 0] = [10, 20, 30], [40, 50, 0]
    filled = fill_gaps(markers)
    expected = [[10, 20, 30], [10, 20, 30], [20, 30, 20], [30, 40, 10], [40, 50, 0], [40, 50, 0]]
    np.testing.assert_allclose(filled[:, 0], expected)
    assert (filled[:, 1] == 0).all()
    assert (markers[0] == 0).all()


def test_a_marker_that_is_never_seen_costs_the_clip(tmp_path, caplog):
    write_native(tmp_path, "m01_s01_e01", motion(40, 20), LASI=slice(None))
    write_native(tmp_path, "m01_s01_e02", motion(40, 20), LKNE=slice(10, 20), LFIN=slice(None))
    videos, _ = uiprmd.index(tmp_path, config("deep_squat"))
    assert videos.video_id.tolist() == ["m01_s01_e02"]
    assert "m01_s01_e01_positions.txt: expected every marker to be seen, found LASI never" in caplog.text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"val_subject": [1]}, "expected options among val_subjects, yaw, yaw_spread, seed, found 'val_subject'"),
        ({"val_subjects": 8}, "option val_subjects to be a list of numbers of people, found 8"),
        ({"yaw": "left"}, "option yaw to be degrees"),
        ({"yaw_spread": -1}, "option yaw_spread to be degrees from 0 to 180, found -1"),
        ({"seed": 1.5}, "option seed to be a whole number"),
    ],
    ids=str,
)
def test_odd_options_are_refused(root, options, message):
    with pytest.raises(InputError, match=message):
        uiprmd.index(root, config(**options))


def test_missing_things_are_named(tmp_path, root):
    with pytest.raises(InputError, match="none: expected the dataset's root folder"):
        uiprmd.index(tmp_path / "none", config())
    with pytest.raises(InputError, match=r"expected actions among deep_squat, .*, found 'hurdle_leap'"):
        uiprmd.index(root, config("hurdle_leap"))
    with pytest.raises(InputError, match="expected clips of sit_to_stand, found none"):
        uiprmd.index(root, config("sit_to_stand"))
    (tmp_path / "empty").mkdir()
    message = r"expected vicon_joints\.parquet, or mMM_sSS_eEE_positions\.txt of movements 1, found neither"
    with pytest.raises(InputError, match=message):
        uiprmd.index(tmp_path / "empty", config("deep_squat"))


def test_another_table_than_the_files_is_refused(root):
    rows = pd.DataFrame({"video_id": ["m01_s01_e01"], "frames": [41], "source": [TABLE]})
    with pytest.raises(InputError, match="expected 41 frames of m01_s01_e01, found 40"):
        uiprmd.annotations(root, config(), rows, dims=2)
    with pytest.raises(InputError, match="expected 41 frames of m01_s02_e01, found 0"):
        uiprmd.annotations(root, config(), rows.assign(video_id="m01_s02_e01"), dims=2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shift": 1}, r"expected frames 0, 1, 2, \.\.\. of m01_s01_e01"),
        ({"drop": ["episode"]}, "found no episode"),
        ({"names": ["head"]}, "expected metadata 'joints' to name head, left_shoulder, .*, found others"),
        ({"names": [*JOINTS, "toe"]}, "expected 45 numbers in each row of joints, found fixed_size_list"),
    ],
    ids=["frames", "column", "joints", "numbers"],
)
def test_odd_tables_are_refused(tmp_path, changes, message):
    write_table(tmp_path, {"m01_s01_e01": motion(40, 20)}, **changes)
    with pytest.raises(InputError, match=rf"vicon_joints\.parquet: .*{message}"):
        uiprmd.index(tmp_path, config("deep_squat"))
    (tmp_path / TABLE).write_bytes(b"PAR1 nonsense")
    with pytest.raises(InputError, match=r"vicon_joints\.parquet: expected a Parquet file"):
        uiprmd.index(tmp_path, config("deep_squat"))


@pytest.mark.parametrize(
    "text", ["1,2,3\n", "a,b\n", "", ",".join(["nan"] * 117) + "\n"], ids=["short", "text", "", "nan"]
)
@pytest.mark.filterwarnings("ignore:loadtxt")
def test_odd_published_files_are_refused(tmp_path, text):
    (tmp_path / "m01_s01_e01_positions.txt").write_text(text)
    with pytest.raises(InputError, match=r"m01_s01_e01_positions\.txt: expected rows of"):
        uiprmd.index(tmp_path, config("deep_squat"))


@pytest.fixture(scope="session")
def real_root(shared_data):
    folder = shared_data / "data/uiprmd"
    if not (folder / TABLE).is_file():
        pytest.skip(f"UI-PRMD's {TABLE} is not among the real data")
    return folder


def test_real_clips_all_turn_near_their_middle(real_root, caplog):
    caplog.set_level(logging.WARNING)
    videos, labels = uiprmd.index(real_root, config(*CHECKED))
    assert not caplog.records
    counts = videos.groupby(["action", "split"]).size()
    assert counts.xs("train", level="split").tolist() == [70] * 5
    assert counts.xs("val", level="split").tolist() == [30, 30, 30, 30, 20]
    places = [(p == 0).mean() for p in labels.phases.values()]
    assert min(places) > 0.3
    assert max(places) < 0.71


def test_the_rule_of_unseen_movements_finds_the_events_of_those_that_were_seen(real_root):
    seen = {m.number: m for name, m in MOVEMENTS.items() if name in CHECKED and name != "sit_to_stand"}
    apart = []
    for name, _, points in read_clips([real_root / TABLE], seen, ClipErrors()):
        found = [find_phases(points, m) for m in (seen[clip_parts(name)[0]], Movement(0, "joints furthest"))]
        apart.append(abs(int(found[0].sum()) - int(found[1].sum())) / len(points))
    assert len(apart) == 390 and np.mean(apart) < 0.01 and np.quantile(apart, 0.98) < 0.05


def test_real_people_fit_into_the_picture_from_every_side(real_root):
    dataset = config(*CHECKED, yaw_spread=180)
    videos, _ = uiprmd.index(real_root, dataset)
    shard = uiprmd.annotations(real_root, dataset, videos, dims=2)
    every = np.concatenate([clip.position for clip in shard.clips.values()])
    assert np.isfinite(every).all()
    assert (every.min(axis=(0, 1)) > 0).all()
    assert (every.max(axis=(0, 1)) < [640, 480]).all()
    assert (every[:, BODY13.index("head"), 1] < every[:, BODY13.index("left_ankle"), 1]).all()
