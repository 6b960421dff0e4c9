"""The demo's clips: the same every time, true to their geometry, and not to be told from the clock."""

import colorsys
import dataclasses
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
from sklearn.svm import SVC

from la2ds.__main__ import main
from la2ds.config import DatasetConfig
from la2ds.datasets.demo import clip as demo_clip
from la2ds.datasets.demo import verb as demo
from la2ds.datasets.demo.clip import EVENTS, Clip, find_events, make_clip
from la2ds.datasets.demo.lamp import DARK, HALO, LIT, Lamp, track_lamp
from la2ds.datasets.demo.motion import MOVEMENTS
from la2ds.datasets.demo.subject import LONGEST_LEAD, Tempo
from la2ds.errors import InputError
from la2ds.formats.keypoints import read_keypoints
from la2ds.formats.labels import read_labels
from la2ds.formats.skeletons import BODY13

ACTIONS = list(MOVEMENTS)
TRAIN, VAL = 24, 12
BONES = [
    ("left_shoulder", "right_shoulder"),
    ("left_hip", "right_hip"),
    *(
        (f"{side}_{a}", f"{side}_{b}")
        for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
        for side in ("left", "right")
    ),
]


def settings(folder: Path, **changes: object) -> Path:
    """A dataset file of one training and one validation clip per action."""
    lines = {"reader": "demo", "root": str(folder), "actions": ACTIONS, "options": {"train": 1, "val": 1, "seed": 3}}
    file = folder / "demo.yaml"
    file.write_text("\n".join(f"{key}: {value}" for key, value in (lines | changes).items()), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a written dataset of six clips."""
    folder = tmp_path_factory.mktemp("demo")
    assert main(["demo", "--dataset", str(settings(folder)), "--root", str(folder / "a")]) == 0
    return folder / "a"


@pytest.fixture(scope="module")
def clips() -> dict[str, list[Clip]]:
    """The truth of the whole default dataset, undrawn."""
    return {
        action: [make_clip(action, seed=0, action_index=i, clip_index=k) for k in range(TRAIN + VAL)]
        for i, action in enumerate(ACTIONS)
    }


def test_same_seed_gives_the_same_files_however_many_are_drawn_at_once(dataset: Path) -> None:
    again = dataset.parent / "b"
    main(["demo", "--dataset", str(dataset.parent / "demo.yaml"), "--root", str(again), "--processes", "2"])
    files = sorted(p.relative_to(dataset) for p in dataset.rglob("*") if p.is_file())
    assert len(files) == 6 + 5
    assert files == sorted(p.relative_to(again) for p in again.rglob("*") if p.is_file())
    for file in files:
        assert (dataset / file).read_bytes() == (again / file).read_bytes(), file


def test_no_process_is_left_when_the_one_that_asked_is_killed(tmp_path: Path) -> None:
    file = settings(tmp_path, options="{train: 200, val: 0}")
    command = [sys.executable, "-m", "la2ds", "demo", "--dataset", str(file), "--processes", "2"]
    with subprocess.Popen([*command, "--root", str(tmp_path / "a")], stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.rglob("*.mp4")) and time.monotonic() < deadline:
            time.sleep(0.1)
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    assert len(workers) >= 2
    _, alive = psutil.wait_procs(workers, timeout=20)
    for worker in alive:
        worker.kill()
    assert not alive


def test_a_clip_does_not_depend_on_the_others_but_on_the_seed() -> None:
    first, other = (make_clip("squat", seed=seed, action_index=0, clip_index=5) for seed in (0, 1))
    again = make_clip("squat", seed=0, action_index=0, clip_index=5)
    np.testing.assert_array_equal(first.points, again.points)
    assert first.subject != other.subject


def test_train_and_val_subjects_differ(clips: dict[str, list[Clip]]) -> None:
    everyone = {clip.subject for of_action in clips.values() for clip in of_action}
    assert len(everyone) == len(ACTIONS) * (TRAIN + VAL)


def test_every_phase_occurs_in_order(clips: dict[str, list[Clip]]) -> None:
    for clip in (clip for of_action in clips.values() for clip in of_action):
        phases = clip.phases
        assert set(phases) == {0, 1, 2, 3}
        assert (np.diff(phases) >= 0).all()
        # Standing before the movement is phase 0, standing after it phase 3.
        assert (phases[: clip.tempo.lead_in + 1] == 0).all()
        assert (phases[len(phases) - clip.tempo.lead_out - 1 :] == 3).all()


def scan_events(action: str, joints: np.ndarray, moment: float) -> list[int]:
    """Find the key events by walking through the frames, joint by joint."""
    heights = []
    for pose in joints:
        row = {name: float(pose[i][1]) for i, name in enumerate(BODY13.joints)}
        if action == "jumping_jacks":
            heights.append(sum(row[f"{s}_shoulder"] - row[f"{s}_wrist"] for s in ("left", "right")) / 2)
        else:
            heights.append((row["left_hip"] + row["right_hip"]) / 2)
    start, end = min(heights), max(heights)
    half = 0 if action == "jumping_jacks" else start + (end - start) / 2
    events: list[int] = []
    still: list[int] = []
    for frame, height in enumerate(heights):
        later = heights[frame + 1 :]
        if (height - start) / (end - start) >= 0.97 or still:
            still.append(frame)
        if len(events) == 1 and still and all((h - start) / (end - start) < 0.97 for h in later):
            events.append(still[int(moment * len(still))])
        if (not events and height >= half) or (len(events) == 2 and all(h < half for h in later)):
            events.append(frame)
    return events


def test_events_agree_with_the_stored_geometry(dataset: Path) -> None:
    events = pd.read_csv(dataset / "events.csv")
    poses, labels = read_keypoints(dataset / "keypoints_3d.parquet"), read_labels(dataset / "labels.parquet")
    assert labels.source == "generator"
    moments = pd.read_csv(dataset / "manifest.csv").set_index("video_id").lamp_moment
    for video_id, pose in poses.clips.items():
        rows = events[events.video_id == video_id]
        action = video_id.rsplit("_", 1)[0]
        expected = scan_events(action, pose.position, moments[video_id])
        assert rows.frame.tolist() == expected
        assert tuple(rows.name) == EVENTS[action]
        # A phase ends with its event's frame.
        before = [sum(event < frame for event in expected) for frame in range(len(pose.position))]
        assert labels.phases[video_id].tolist() == before


def test_find_events_on_hand_placed_heights() -> None:
    joints = np.zeros((8, 13, 3))
    heights = (0, 4, 5, 10, 9.9, 9.8, 5, 1)
    joints[:, [BODY13.index("left_hip"), BODY13.index("right_hip")], 1] = [[h] * 2 for h in heights]
    for moment, lit in ((0, 3), (0.5, 4), (0.99, 5)):
        assert find_events("squat", joints, moment=moment) == (2, lit, 6)


def test_bones_keep_their_lengths(clips: dict[str, list[Clip]]) -> None:
    for clip in (clip for of_action in clips.values() for clip in of_action):
        for a, b in BONES:
            length = np.linalg.norm(clip.points[:, BODY13.index(a)] - clip.points[:, BODY13.index(b)], axis=-1)
            assert np.ptp(length) < 0.01, (a, b)


def test_two_d_is_the_projection_of_three_d(dataset: Path) -> None:
    flat, deep = (read_keypoints(dataset / f"keypoints_{d}d.parquet") for d in (2, 3))
    assert (flat.skeleton, flat.estimator, flat.dims, deep.dims) == ("body13", "generator/1", 2, 3)
    for video_id, clip in flat.clips.items():
        ray = deep.clips[video_id].position[..., :2] / deep.clips[video_id].position[..., 2:]
        # The camera's jitter moves a whole picture, so positions are compared within a frame.
        ray, pixel = (v - v.mean(axis=1, keepdims=True) for v in (ray, clip.position))
        focal = (ray * pixel).sum() / (ray**2).sum()
        assert np.abs(pixel - focal * ray).max() < 0.01
        assert (clip.confidence == 1).all()


def test_bodies_are_in_the_picture(clips: dict[str, list[Clip]]) -> None:
    for of_action in clips.values():
        joints = np.concatenate([clip.pixels[:, :13] for clip in of_action])
        assert ((joints > 0) & (joints < 360)).all(axis=-1).mean() > 0.995


def test_videos_decode_to_the_stated_frames(dataset: Path) -> None:
    decord = pytest.importorskip("decord")
    manifest = pd.read_csv(dataset / "manifest.csv")
    assert list(manifest.columns) == demo.MANIFEST_COLUMNS
    assert manifest.split.tolist() == ["train", "val"] * 3
    assert set(manifest.lamp) <= {"left", "right"}
    assert manifest.lamp_moment.between(0, 1).all()
    for row in manifest.itertuples():
        reader = decord.VideoReader(str(dataset / str(row.source)))
        assert reader[0].shape == (row.height, row.width, 3) == (360, 360, 3)
        assert len(reader) == row.frames
        assert reader.get_avg_fps() == row.fps == 20


def test_the_shirt_is_where_the_truth_says(dataset: Path) -> None:
    decord = pytest.importorskip("decord")
    pose = read_keypoints(dataset / "keypoints_2d.parquet").clips["jumping_jacks_000"].position
    clip = make_clip("jumping_jacks", seed=3, action_index=1, clip_index=0)
    reader = decord.VideoReader(str(dataset / "videos/jumping_jacks/jumping_jacks_000.mp4"))
    chest = pose[:, 1:3].mean(axis=1) * 0.7 + pose[:, 7:9].mean(axis=1) * 0.3
    for frame in (0, len(pose) - 1):
        x, y = chest[frame].round().astype(int)
        colour = reader[frame].asnumpy()[y - 2 : y + 3, x - 2 : x + 3].mean(axis=(0, 1))
        shirt = np.array(clip.look.shirt)
        assert min(np.abs(colour - shirt * light).max() for light in (1, 1.12)) < 25


def test_an_occluded_clip_differs_only_in_its_box(clips: dict[str, list[Clip]]) -> None:
    index = next(i for i, clip in enumerate(clips["squat"]) if clip.occluder is not None)
    hidden, clear = (make_clip("squat", seed=0, action_index=0, clip_index=index) for _ in range(2))
    occluder = hidden.occluder
    assert occluder is not None
    pairs = zip(hidden.draw(), dataclasses.replace(clear, occluder=None).draw(), occluder.centre, strict=True)
    for with_box, without, centre in pairs:
        rows, columns = np.nonzero((with_box != without).any(axis=-1))
        if np.isnan(centre).any():
            assert rows.size == 0
        elif rows.size:
            away = np.abs(np.stack([columns, rows], axis=-1) - centre) - np.array(occluder.size) / 2
            assert away.max() < 4  # half the rim, antialiased


def test_some_clips_are_occluded(clips: dict[str, list[Clip]]) -> None:
    share = np.mean([clip.occluder is not None for of_action in clips.values() for clip in of_action])
    assert 0.15 < share < 0.5


def lamp_pixels(clip: Clip) -> np.ndarray:
    """Draw a clip and look at its lamp's place: mean colours of 5 by 5 pixels, (T, 3)."""
    places = track_lamp(clip.points, clip.lamp, clip.camera).centre.round().astype(int)
    frames = zip(clip.draw(), places, strict=True)
    return np.stack([frame[y - 2 : y + 3, x - 2 : x + 3].mean(axis=(0, 1)) for frame, (x, y) in frames])


def test_a_burning_lamp_lights_the_room(clips: dict[str, list[Clip]]) -> None:
    clip = make_clip("squat", seed=0, action_index=0, clip_index=3)
    lamp = np.array(clip.lamp.lit, float)
    corner = np.stack([frame[:20, :20].mean(axis=(0, 1)) for frame in clip.draw()])  # of the wall, far from the lamp
    away = np.linalg.norm(corner - lamp, axis=-1)
    assert away[clip.lit].max() < 0.9 * away[~clip.lit].min()


@pytest.mark.parametrize("action", ACTIONS)
def test_the_lamp_tells_the_phase_from_pixels(action: str) -> None:
    seen = []
    for k in range(8):
        clip, again = (make_clip(action, seed=0, action_index=ACTIONS.index(action), clip_index=k) for _ in range(2))
        # A lamp of pure magenta, which nothing else has, shows in which frames the lamp is not hidden.
        magenta = dataclasses.replace(again.lamp, dark=(255, 0, 255), lit=(255, 0, 255))
        red, green, blue = lamp_pixels(dataclasses.replace(again, lamp=magenta)).T
        visible = np.minimum(red, blue) - green > 100
        colour = lamp_pixels(clip)
        brightness, chroma = colour.max(axis=-1), np.ptp(colour, axis=-1)
        burning = clip.phases == 2
        assert (brightness[visible & burning] > 200).all()
        assert (brightness[visible & ~burning] < 130).all()
        assert (chroma[visible & burning] > 80).all()
        assert (chroma[visible & ~burning] < 70).all()
        seen.append(visible[burning].mean())
    assert np.mean(seen) > 0.7


def test_the_body_does_not_say_when_the_lamp_is_lit(clips: dict[str, list[Clip]]) -> None:
    """The second event lies anywhere in the time of the extreme pose, first frame and last frame included."""
    shares = []
    for action, of_action in clips.items():
        for clip in of_action:
            joints = clip.points[:, :13]
            first, last = (find_events(action, joints, moment=m)[1] for m in (0, 0.9999))
            assert first <= clip.events[1] <= last < clip.events[2]
            if last - first >= 5:
                shares.append((clip.events[1] - first) / (last - first))
    assert len(shares) > 20
    assert min(shares) < 0.15 and max(shares) > 0.85 and 0.2 < np.std(shares) < 0.4


def test_lamps_are_drawn_by_lot(clips: dict[str, list[Clip]]) -> None:
    lamps = [clip.lamp for of_action in clips.values() for clip in of_action]
    assert 0.4 < np.mean([lamp.moment for lamp in lamps]) < 0.6
    for side in ("left", "right"):
        assert np.mean([lamp.side == side for lamp in lamps]) > 0.3
    assert {(lamp.dark, lamp.lit) for lamp in lamps} == {(dark, lit) for dark in DARK for lit in LIT}
    assert lamps[5] == make_clip(ACTIONS[0], seed=0, action_index=0, clip_index=5).lamp


def test_lit_and_dark_lamps_differ_in_brightness_and_hue() -> None:
    for dark, lit in ((dark, lit) for dark in DARK for lit in LIT):
        (hue, saturation, value), (dark_hue, _, dark_value) = (
            colorsys.rgb_to_hsv(*(c / 255 for c in colour)) for colour in (lit, dark)
        )
        assert value > 3 * dark_value
        assert saturation > 0.8
        assert abs((hue - dark_hue + 0.5) % 1 - 0.5) * 360 > 40


def test_the_lamp_changes_its_own_surroundings_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def other_lamp(_: np.random.Generator) -> Lamp:
        return Lamp("right", DARK[0], LIT[0], radius=57.0, moment=first.lamp.moment)

    first = make_clip("squat", seed=0, action_index=0, clip_index=1)
    monkeypatch.setattr(demo_clip, "draw_lamp", other_lamp)
    second = make_clip("squat", seed=0, action_index=0, clip_index=1)
    assert first.lamp != second.lamp
    assert first.events == second.events
    np.testing.assert_array_equal(first.points, second.points)
    np.testing.assert_array_equal(first.pixels, second.pixels)
    tracks = [track_lamp(clip.points, clip.lamp, clip.camera) for clip in (first, second)]
    for frame, pictures in enumerate(zip(first.draw(), second.draw(), strict=True)):
        if first.lit[frame]:
            continue  # the room has the lamp's light
        rows, columns = np.nonzero((pictures[0] != pictures[1]).any(axis=-1))
        places = np.stack([columns, rows], axis=-1)
        away = [np.linalg.norm(places - t.centre[frame], axis=-1) - HALO * t.radius[frame] for t in tracks]
        assert rows.size > 0
        assert np.minimum(*away).max() < 1


@pytest.mark.parametrize("action", ACTIONS)
def test_relative_time_does_not_tell_the_phase(action: str, clips: dict[str, list[Clip]]) -> None:
    time = [np.linspace(0, 1, len(clip.phases))[:, None] for clip in clips[action]]
    phases = [clip.phases for clip in clips[action]]
    probe = SVC().fit(np.concatenate(time[:TRAIN]), np.concatenate(phases[:TRAIN]))
    assert probe.score(np.concatenate(time[TRAIN:]), np.concatenate(phases[TRAIN:])) < 0.82


def test_standing_before_and_after_varies_strongly(clips: dict[str, list[Clip]]) -> None:
    for end in ("lead_in", "lead_out"):
        shares = [getattr(clip.tempo, end) / clip.tempo.frames for of_action in clips.values() for clip in of_action]
        assert min(shares) == 0
        assert 0.3 < max(shares) <= LONGEST_LEAD
        assert np.std(shares) > 0.1


def test_control_goes_up_and_comes_back_once() -> None:
    tempo = Tempo(lead_in=3, out=8, hold=4, back=6, lead_out=5, ease=(0.8, 1.3), uneven=(0.5, -0.4))
    control = tempo.control(np.arange(tempo.frames, dtype=float))
    assert tempo.frames == 26
    assert (control[:4] == 0).all()
    assert (control[11:16] == 1).all()
    assert (control[21:] == 0).all()
    assert (np.diff(control[3:12]) > 0).all()
    assert (np.diff(control[15:22]) < 0).all()


def test_unknown_action_is_refused(tmp_path: Path) -> None:
    config = DatasetConfig(reader="demo", root="x", actions=("squat", "cartwheel"))
    with pytest.raises(InputError, match=r"demo\.yaml: expected .*side_lunge.*found 'cartwheel'"):
        demo.list_clips(config, "demo.yaml")
    assert main(["demo", "--dataset", str(settings(tmp_path, actions=["cartwheel"]))]) == 2


@pytest.mark.parametrize("options", [{"trian": 3}, {"train": -1}, {"seed": 0.5}, {"val": True}])
def test_impossible_options_are_refused(options: dict[str, object]) -> None:
    config = DatasetConfig(reader="demo", root="x", actions=("squat",), options=options)
    with pytest.raises(InputError, match=f"options.{next(iter(options))}"):
        demo.list_clips(config, "demo.yaml")


def test_a_killed_run_leaves_no_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    (tmp_path / "manifest.csv").write_text("of an older run", encoding="utf-8")
    monkeypatch.setattr(demo, "write_truth", fail)
    with pytest.raises(OSError, match="disk full"):
        demo.write_dataset(tmp_path, [demo.ClipName("squat", 0, "train")], seed=0)
    assert not (tmp_path / "manifest.csv").exists()
