"""Clips that do not show the movement of the others: each kind planted among drawn clips, and told in words."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import la2ds
from la2ds.__main__ import main
from la2ds.clips.clip import Clip
from la2ds.clips.matching.check import FAR, WITNESSES, check, in_short, in_words
from la2ds.clips.matching.match import align
from la2ds.clips.matching.same_movement import WaysToSee, backwards, judge, mirrored, movement, sameness
from la2ds.clips.verbs.common import doubts
from la2ds.clips.verbs.compare import repeated
from la2ds.datasets.demo.clip import make_clip
from la2ds.datasets.demo.motion import MOVEMENTS
from la2ds.errors import InputError
from la2ds.formats.check import CHECK_COLUMNS
from la2ds.formats.keypoints import Keypoints, KeypointShard, write_keypoints
from la2ds.formats.videos import VIDEO_COLUMNS, write_videos
from tests.fixtures.drawn_series import drawn_series

ONE_SIDED = "side_lunge"  # unlike a squat it is not its own mirror image


def drawn(number, action=ONE_SIDED):
    poses = make_clip(action, seed=8, action_index=list(MOVEMENTS).index(action), clip_index=number).pixels[:, :13]
    confidence = np.ones(poses.shape[:2], dtype=np.float32)
    return Clip(f"{action}{number}", poses, confidence, np.arange(len(poses)) / 20, 20.0, (360, 360))


@pytest.fixture(scope="module")
def lunges():
    """Lunges of one side: drawn ones may be of either."""
    clips = [drawn(n) for n in range(10)]
    sides = [sameness(align(clips[0], clip, by="poses")).seems == "mirrored" for clip in clips]
    return [mirrored(clip) if other else clip for clip, other in zip(clips, sides, strict=True)]


def wrong(clip):
    """Make a clip that is wrong in each way: problem -> clip."""
    still = replace(clip, poses=np.repeat(clip.poses[:1], len(clip), axis=0))
    hidden = replace(clip, poses=np.where(np.arange(13)[:, None] < 3, clip.poses, np.nan))
    several, _ = drawn_series(200, 4, action="squat")
    made = {
        "still": still,
        "unseen": hidden,
        "other": drawn(3, "jumping_jacks"),
        "reversed": one_way(backwards(clip)),
        "mirrored": mirrored(clip),
        "repeated": several,
    }
    return {problem: replace(made_, name=problem) for problem, made_ in made.items()}


def one_way(clip):
    """The first half: a lunge and back looks the same played backwards, the way down alone does not."""
    half = slice(0, len(clip) // 2)
    return replace(clip, poses=clip.poses[half], confidence=clip.confidence[half], times=clip.times[half])


@pytest.mark.parametrize("problem", ["still", "unseen", "other", "repeated"])
def test_each_kind_is_found_and_the_others_are_not_blamed(lunges, problem):
    checked = check([*lunges, wrong(lunges[0])[problem]])
    assert list(checked) == CHECK_COLUMNS and checked.video.tolist() == [*(clip.name for clip in lunges), problem]
    assert checked.problem.tolist() == [""] * len(lunges) + [problem]
    assert checked.distance[:-1].max() < FAR


def test_one_that_runs_backwards_is_found(lunges):
    forth = [one_way(clip) for clip in lunges]
    checked = check([*forth, replace(one_way(backwards(lunges[4])), name="back")])
    assert not checked.problem[:-1].any()
    # The half of it that comes back, played backwards, is the half that goes.
    assert checked.problem.iloc[-1] == ""
    checked = check([*forth, replace(backwards(forth[4]), name="back")])
    assert checked.problem.tolist() == [""] * len(forth) + ["reversed"]


def alike(clip, count):
    """One clip again and again, as slowly done and as badly seen as chance has it."""
    rng = np.random.default_rng(0)
    made = []
    for n in range(count):
        frames = np.sort(rng.integers(0, len(clip), len(clip) + n))
        poses = clip.poses[frames] + rng.normal(0, 2, (len(frames), 13, 2))
        times = np.arange(len(frames)) / clip.fps
        made.append(replace(clip, name=f"{n}", poses=poses, confidence=clip.confidence[frames], times=times))
    return made


def test_a_mirror_image_among_clips_of_one_side_is_found(lunges):
    clips = alike(lunges[2], 6)
    checked = check([*clips, replace(mirrored(lunges[2]), name="m")])
    assert checked.problem.tolist() == [""] * 6 + ["mirrored"]


def test_most_witnesses_decide(lunges):
    """Half of the clips of a set are mirrored: none of the two sides is wrong."""
    both = [replace(mirrored(clip), name=f"m{clip.name}") if n % 2 else clip for n, clip in enumerate(lunges)]
    assert len(both) <= WITNESSES
    checked = check(both)
    assert set(checked.problem) <= {"", "mirrored"} and "" in set(checked.problem)


@pytest.mark.filterwarnings("error")
def test_a_clip_among_others_that_say_nothing_is_left_as_it_is(lunges):
    still = [replace(wrong(clip)["still"], name=f"still{n}") for n, clip in enumerate(lunges[:2])]
    checked = check([*still, lunges[2]])
    assert checked.problem.tolist() == ["still", "still", ""] and checked.distance.isna().all()


def test_movement_is_that_of_slow_sums():
    places = np.random.default_rng(0).normal(size=(30, 6, 2))
    places[3:9, 1] = np.nan
    squares = []
    for j in range(6):
        for axis in range(2):
            values = [v for v in places[:, j, axis] if v == v]
            squares += [(v - sum(values) / len(values)) ** 2 for v in values]
    assert movement(places) == pytest.approx((2 * sum(squares) / len(squares)) ** 0.5)
    assert np.isnan(movement(places[:, :3]))


def test_it_is_said_in_words(lunges, caplog):
    clips = [*lunges, *wrong(lunges[1]).values()]
    lines = in_words(check(clips))
    assert any(line.startswith("1 of 16 clips: hardly anything moves: still") for line in lines)
    assert any("la2ds reps cuts it: repeated" in line for line in lines)
    doubts(clips)
    assert lines == [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    many = pd.DataFrame({"video": list("abcdefg"), "problem": ["other"] * 7})
    assert in_words(many) == ["7 of 7 clips: the movement is not that of the others: a, b, c, d, e and 2 more"]
    assert repeated([clips[0], clips[-1]])[0].startswith("repeated shows 4 repetitions: whole films are matched")
    assert repeated(clips[:2]) == []


def test_sets_that_cannot_be_checked_are_refused(lunges):
    for clips, told in ((lunges[:2], "at least 3 clips"), ([lunges[0]] * 3, "names that differ")):
        with pytest.raises(InputError, match=told):
            la2ds.check(clips)


def test_the_verb_writes_a_row_for_each_film(tmp_path, monkeypatch, capsys):
    from tests.fixtures.drawn_clips import draw_film, true_poses

    folder = tmp_path / "films"
    folder.mkdir()
    films = [draw_film(folder / f"{n}.mp4", n, "squat") for n in range(4)]
    jack = draw_film(folder / "z.mp4", 0, "jumping_jacks")
    known = {film: (n, "squat") for n, film in enumerate(films)} | {jack: (0, "jumping_jacks")}
    monkeypatch.setenv("LA2DS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("la2ds.clips.kept.estimate_apart", true_poses(known))
    output = tmp_path / "check.csv"
    assert main(["check", str(folder), "-o", str(output)]) in (0, None)
    table = pd.read_csv(output, keep_default_na=False)
    assert table.problem.tolist() == ["", "", "", "", "other"]
    assert "1 of 5 clips: the movement is not that of the others: z.mp4" in capsys.readouterr().out


def test_a_pair_that_is_judged_once_says_the_same_of_both_its_clips(lunges):
    clips = [*lunges[:4], replace(mirrored(lunges[4]), name="mirror"), replace(one_way(lunges[5]), name="half")]
    ways = [WaysToSee.of(clip) for clip in clips]
    alone = [in_short([*judge([(ways[n], other) for other in ways[n + 1 :] + ways[:n]])]) for n in range(len(ways))]
    checked = check(clips)
    assert checked.distance.tolist() == pytest.approx([one["distance"] for one in alone], abs=1e-12)
    problems = [one["problem"] for one in alone]
    assert checked.problem.replace("other", "").tolist() == problems and "mirrored" in problems


def test_the_clips_of_a_dataset_are_checked_action_by_action(lunges, tmp_path, monkeypatch, caplog):
    still = wrong(lunges[9])["still"]
    actions = {"lunge": [*lunges[:4], still], "lone": lunges[5:7]}
    rows, shards = [], {}
    for action, clips in actions.items():
        for n, clip in enumerate(clips):
            shard, about = f"{action}_{n % 2}", (clip.name, action, "train", "x", len(clip), "", 360, 360)
            rows.append(dict(zip(VIDEO_COLUMNS, (*about, shard), strict=True)))
            shards.setdefault(shard, {})[clip.name] = Keypoints(clip.poses, clip.confidence)
    del shards["lunge_1"][lunges[3].name]  # set aside
    for shard, held in shards.items():
        write_keypoints(tmp_path / f"{shard}.parquet", KeypointShard(held, "body13", "test/1"))
    write_videos(tmp_path / "videos.csv", pd.DataFrame(rows))
    output = tmp_path / "check.csv"
    call = ["check_videos", "--videos", tmp_path / "videos.csv", "--keypoints-dir", tmp_path, "--output", output]
    assert main([*map(str, call)]) == 0
    table = pd.read_csv(output, keep_default_na=False)
    assert list(table) == ["action", *CHECK_COLUMNS] and len(table) == 6, "one was set aside"
    assert table.action.value_counts().to_dict() == {"lunge": 4, "lone": 2}
    assert table[table.problem != ""][["video", "problem"]].values.tolist() == [["still", "still"]]
    assert (table[table.action == "lone"].distance == "").all(), "two are held against nothing"
    # Of many clips some are checked, spread over all.
    monkeypatch.setattr("la2ds.clips.verbs.check_videos.MOST", 2)
    assert main([*map(str, call)]) == 0
    assert pd.read_csv(output).video.tolist() == [lunges[5].name, lunges[6].name, lunges[0].name, "still"]
