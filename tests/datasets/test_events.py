"""Key events: drawn motions whose events are known, what must not matter, and the events others computed."""

import logging
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from la2ds.config import DatasetConfig, TableConfig
from la2ds.datasets.events.find import KEY_EVENTS, RULES, find_events, phases_between
from la2ds.datasets.events.tracks import peak, prepare
from la2ds.datasets.penn import reader as penn
from la2ds.errors import InputError
from la2ds.formats.skeletons import BODY13
from la2ds.report.tables.verb import read_results
from tests.fixtures.datasets.penn_motions import STANDING, deep_squat, move, still, write_clip


def vee(frames: int, at: int, *, rest: float, extreme: float, reach: int = 10) -> np.ndarray:
    """Draw a track that goes straight from rest to an extreme at one frame and back, ``reach`` frames each way."""
    share = np.clip(1 - np.abs(np.arange(frames) - at) / reach, 0, 1)
    return rest + share * (extreme - rest)


def bench(frames: int = 60, at: int = 33) -> np.ndarray:
    position = still(frames)
    move(position, "wrist", vee(frames, at, rest=20, extreme=88))
    return position


def jack(frames: int = 60) -> np.ndarray:
    """Hands from below the shoulders (40) to above and back: 101.5 - 3 t, so past them at 20.5; the top at 30."""
    position = still(frames)
    move(position, "wrist", vee(frames, 30, rest=101.5, extreme=11.5, reach=30))
    return position


def pitch(frames: int = 80) -> np.ndarray:
    """The left knee is highest at 20; the right wrist falls fast in frames 50 to 54."""
    position = still(frames)
    move(position, "knee", vee(frames, 20, rest=140, extreme=80), sides=("left_",))
    move(position, "wrist", 20 + 80 * np.clip((np.arange(frames) - 50) / 4, 0, 1), sides=("right_",))
    return position


def golf(frames: int = 80) -> np.ndarray:
    """Hands rise until 40, fall until 48 and follow through."""
    position = still(frames)
    move(position, "wrist", np.interp(np.arange(frames), [0, 10, 40, 48, 60, 79], [88, 88, 20, 88, 25, 25]))
    return position


DRAWN = {
    "bench_press": bench(),
    "jumping_jacks": jack(),
    "squats": deep_squat(),
    "baseball_pitch": pitch(),
    "golf_swing": golf(),
}


def test_each_action_has_a_rule_that_gives_its_events() -> None:
    assert set(RULES) == set(KEY_EVENTS)
    assert len(KEY_EVENTS) == 13
    for action, names in KEY_EVENTS.items():
        assert len(find_events(still(40), action)) == len(names)


@pytest.mark.parametrize(
    ("action", "joint", "rest", "extreme"),
    [("pullups", "head", 80, 20), ("bench_press", "wrist", 20, 88), ("pushups", "shoulder", 100, 180)],
)
@pytest.mark.parametrize("at", [13, 30, 44])
def test_the_turn_of_one_joint_is_the_event(action: str, joint: str, rest: float, extreme: float, at: int) -> None:
    position = still(60)
    move(position, joint, vee(60, at, rest=rest, extreme=extreme))
    # A symmetric tip, 10 % of the range a frame: smoothing does not move it, and the next frame is already far from it.
    assert find_events(position, action) == (at,)


def test_a_situp_is_crunched_where_the_head_is_nearest_to_the_knees() -> None:
    position = still(60)
    position[:, BODY13.index("head"), 0] = vee(60, 25, rest=0, extreme=100)
    assert find_events(position, "situp") == (25,)


def test_the_bar_is_down_until_it_leaves() -> None:
    position = still(60)
    move(position, "wrist", np.interp(np.arange(60), [0, 20, 30, 40, 59], [20, 90, 90, 20, 20]))
    # The bar rests in 20 to 30 and rises 7 a frame, 10 % of its range: smoothed, 30 is 2.8 above rest, 29 is 0.6, and
    # 2 % of the range are 1.4.
    assert find_events(position, "bench_press") == (29,)


def test_hands_cross_the_shoulders() -> None:
    # Smoothed by a Gaussian z, the tip is 3 E|z| = 2.4 off and the next frame 3 E|1 + z| = 3.5: nearer than 2 % of 90.
    assert find_events(jack(), "jumping_jacks") == (21, 31, 40)


def test_hips_cross_the_knees() -> None:
    assert find_events(deep_squat(), "squats") == (25, 40, 56)


def test_hips_that_never_reach_the_knees_are_measured_against_their_own_excursion() -> None:
    position = still(81)
    move(position, "hip", 90 + 40 - np.abs(np.arange(81) - 40.0))  # 40 of 50 pixels down, 1 a frame
    # 20 % of 40 pixels above the lowest point: 8 frames either side; smoothing cuts 0.8 off the tip, so nearly 9.
    assert find_events(position, "squats") == (32, 40, 49)


def test_a_pitch() -> None:
    knee, stretched, release = find_events(pitch(), "baseball_pitch")
    # The wrist moves at full speed between 50 and 54: symmetric about 52.
    assert knee == 20
    assert 47 <= stretched <= 50
    assert 53 <= release <= 55
    assert 52 - stretched >= release - 52  # 35 % of the peak is farther from it than 80 %


def test_a_golf_swing() -> None:
    top, hit = find_events(golf(), "golf_swing")
    assert abs(top - 40) <= 1
    assert abs(hit - 48) <= 1


def test_a_forehand_is_the_stroke_of_the_faster_wrist_after_getting_ready() -> None:
    position = still(100)
    frames = np.arange(100)
    left = BODY13.index("left_wrist")
    position[:, left, 0] += 90 * np.clip((frames - 8) / 3, 0, 1)  # getting ready, faster still
    position[:, left, 0] -= 80 * np.clip((frames - 60) / 4, 0, 1)
    move(position, "wrist", 88 + 5 * np.sin(frames / 9), sides=("right_",))
    back, touch = find_events(position, "tennis_forehand")
    assert 57 <= back <= 60
    assert 62 <= touch <= 65


def test_a_serve() -> None:
    position = still(100)
    frames = np.arange(100)
    move(position, "wrist", np.interp(frames, [0, 20, 30, 99], [88, 88, 10, 10]), sides=("left_",))
    move(position, "wrist", np.interp(frames, [0, 45, 60, 66, 99], [88, 88, 0, 95, 95]), sides=("right_",))
    toss, back, contact = find_events(position, "tennis_serve")
    assert 29 <= toss <= 31  # the rise ends at 30
    assert abs(contact - 60) <= 1  # the top of the hitting wrist
    assert 44 <= back < contact


def test_ties_are_settled_in_the_middle() -> None:
    assert peak(np.array([0, 1, 5, 5, 5, 5, 5, 1, 0.0])) == 4
    assert peak(np.array([0, 5, 1, 5, 0.0])) == 3  # of two the later one
    assert peak(np.zeros(9)) == 4
    position = still(60)
    move(position, "head", np.interp(np.arange(60), [0, 15, 35, 59], [80, 20, 20, 80]))
    assert find_events(position, "pullups")[0] == pytest.approx(25, abs=2)


def test_extremes_at_the_ends_do_not_count() -> None:
    track = np.zeros(100)
    track[[0, 2, 40, 98]] = 9, 9, 1, 9
    assert peak(track) == 40


@pytest.mark.parametrize("action", DRAWN)
@pytest.mark.parametrize("scale", [0.25, 1.0, 3.0])
@pytest.mark.parametrize("shift", [(0.0, 0.0), (512.0, 64.0), (-2048.0, 1024.0)])
def test_place_and_size_in_the_picture_do_not_matter(action: str, scale: float, shift: tuple[float, float]) -> None:
    assert find_events(DRAWN[action] * scale + np.array(shift), action) == find_events(DRAWN[action], action)


@pytest.mark.parametrize("action", DRAWN)
def test_names_of_sides_and_mirrored_pictures_do_not_matter(action: str) -> None:
    expected = find_events(DRAWN[action], action)
    assert None not in expected
    assert find_events(DRAWN[action][:, list(BODY13.mirror)], action) == expected
    assert find_events(DRAWN[action] * np.array([-1, 1]), action) == expected


def test_gaps_are_filled() -> None:
    position = bench()
    wrists = [BODY13.index("left_wrist"), BODY13.index("right_wrist")]
    position[5:20, wrists] = np.nan  # at rest
    position[28:31, wrists] = np.nan  # on the straight way down
    position[29, wrists, 0] = 4  # one coordinate is no position
    position[50, wrists] = np.inf
    assert find_events(position, "bench_press") == (33,)


def test_a_joint_seen_too_seldom_is_replaced() -> None:
    position = bench()
    move(position, "elbow", vee(60, 21, rest=10, extreme=80))
    left, right = BODY13.index("left_wrist"), BODY13.index("right_wrist")
    position[17:, left] = np.nan  # 17 of 60 frames: below 30 %
    assert find_events(position, "bench_press") == (33,)  # the other wrist
    position[17:, right] = np.nan
    assert find_events(position, "bench_press") == (21,)  # the elbows
    assert "left_wrist" not in prepare(position).paths


@pytest.mark.parametrize("action", KEY_EVENTS)
@pytest.mark.parametrize("frames", [0, 1, 2, 3, 4, 7, 40])
def test_nothing_to_see_gives_no_event_and_no_error(action: str, frames: int) -> None:
    nothing = (None,) * len(KEY_EVENTS[action])
    assert find_events(np.full((frames, 13, 2), np.nan), action) == nothing
    rng = np.random.default_rng(frames)
    for event in find_events(rng.uniform(10, 300, (frames, 13, 2)), action):
        assert event is None or (isinstance(event, int) and -1 <= event < frames)


@pytest.mark.parametrize("action", KEY_EVENTS)
def test_missing_any_one_pair_of_joints_is_survived(action: str) -> None:
    rng = np.random.default_rng(1)
    whole = np.cumsum(rng.normal(0, 4, (90, 13, 2)), axis=0) + still(90)
    for joint in STANDING:
        position = whole.copy()
        position[:, [j for j, name in enumerate(BODY13.joints) if name.endswith(joint)]] = np.nan
        assert len(find_events(position, action)) == len(KEY_EVENTS[action])


def test_wrong_questions_are_refused() -> None:
    with pytest.raises(ValueError, match="not of 'jump_rope'"):
        find_events(still(9), "jump_rope")
    with pytest.raises(ValueError, match=r"position must be \(T, 13, 2\), got \(9, 12, 2\)"):
        find_events(still(9)[:, :12], "situp")


def test_phases_last_up_to_and_including_their_event() -> None:
    phases = phases_between((1, 4), 7)
    assert phases.tolist() == [0, 0, 1, 1, 1, 2, 2]
    assert phases.dtype == np.int16
    assert phases_between((0,), 2).tolist() == [0, 1]


@pytest.mark.parametrize("events", [(None, 3), (3, 3), (4, 3), (2, 6), (-1, 3)], ids=str)
def test_events_that_are_missing_or_out_of_order_give_no_phases(events: tuple[int | None, ...]) -> None:
    assert phases_between(events, 7) is None


def test_the_reader_labels_by_motion_when_asked_to(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_clip(tmp_path, "0001", "squat", deep_squat())
    write_clip(tmp_path, "0002", "squat", still(30), train=-1)  # no squat in it
    write_clip(tmp_path, "0003", "bench_press", bench(), train=-1)
    write_clip(tmp_path, "0004", "strum_guitar", still(30))
    dataset = DatasetConfig("penn", "unused", ("squats", "bench_press", "strum_guitar"), labels="kinematic")
    with caplog.at_level(logging.INFO):
        videos, labels = penn.index(tmp_path, dataset)
    assert labels.source == "kinematic"
    assert videos.set_index("video_id").split.to_dict() == {"0001": "train", "0003": "val"}
    assert np.flatnonzero(np.diff(labels.phases["0001"])).tolist() == [25, 40, 56]
    assert np.flatnonzero(np.diff(labels.phases["0003"])).tolist() == [33]
    assert "squats: key events not all found in order in 1 sequences: 0002" in caplog.text
    assert "no labels of strum_guitar in format kinematic" in caplog.text


def test_motion_is_never_asked_unless_named(tmp_path: Path) -> None:
    write_clip(tmp_path, "0001", "squat", deep_squat())
    with pytest.raises(InputError, match="expected phase labels as parquet"):
        penn.index(tmp_path, DatasetConfig("penn", "unused", ("squats",)))


def test_no_table_mixes_labels_of_two_sources(tmp_path: Path) -> None:
    header = "dataset,protocol,method,action,seed,metric,variant,value,n,dropped,label_source,commit\n"
    row = "penn,default,time,{},0,kendall_tau,,0.5,9,0,{},abc\n"
    file = tmp_path / "kendall_tau.csv"
    config = TableConfig(title="t", protocol="default", methods=("time",), reference="time", columns=())
    file.write_text(header + row.format("squats", "kinematic") + row.format("situp", "kinematic"))
    assert len(read_results([file], dataset="penn", config=config)) == 2
    file.write_text(header + row.format("squats", "kinematic") + row.format("golf_swing", "human"))
    with pytest.raises(InputError, match="expected results on phase labels of one source, found human, kinematic"):
        read_results([file], dataset="penn", config=config)


@pytest.mark.slow
def test_real_events_are_those_of_the_reference(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "data" / "penn_action"
    if not (folder / "kinematic_events.csv").is_file():
        pytest.skip("the reference events are not here")
    with tarfile.open(folder / "labels.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    reference = pd.read_csv(folder / "kinematic_events.csv", dtype={"sequence": str})
    same: dict[str, list[bool]] = {}
    marked = 0  # clips with joints that lie at one place and are never visible: the reference took them for joints
    for (sequence, native), rows in reference.sort_values("event_index").groupby(["sequence", "action"]):
        action = penn.our_name(native)
        pose, counts = penn._pose(tmp_path, sequence, int(rows.nframes.iloc[0]))
        if counts["missing at one place in all frames"]:
            marked += 1
            continue
        theirs = [None if np.isnan(frame) else int(frame) for frame in rows.frame]
        ours = find_events(pose.position, action)
        same.setdefault(action, []).extend(a == b for a, b in zip(ours, theirs, strict=True))
    shares = {action: float(np.mean(events)) for action, events in same.items()}
    print({action: round(share, 4) for action, share in shares.items()})
    assert set(shares) == set(KEY_EVENTS)
    assert marked < 0.06 * reference.sequence.nunique()
    assert np.mean([one for events in same.values() for one in events]) > 0.995
    assert min(shares.values()) > 0.985
