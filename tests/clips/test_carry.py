"""Events carried from marked clips to others."""

import logging

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from la2ds.clips.matching.carry import carry, in_order
from la2ds.clips.matching.confidence import TOLERANCE
from la2ds.clips.matching.match import align
from la2ds.errors import InputError
from tests.fixtures.warped_clips import warped_clip

A = warped_clip("squat/a.mp4", 50, fps=25, embedded=True)
B = warped_clip("squat/b.mp4", 80, np.square, embedded=True)
C = warped_clip("c", 60, np.sqrt, embedded=True)
TARGETS = [warped_clip("t", 70, embedded=True), warped_clip("u", 40, lambda s: s**3, embedded=True)]


def table_of(marks):
    return pd.DataFrame(
        [(v, e, f) for v, own in marks.items() for e, f in own.items()], columns=["video", "event", "frame"]
    )


def test_one_marked_clip_gives_what_its_match_says():
    found = carry({"lowest": 20, "up": 33}, A, TARGETS)
    assert list(found) == ["video", "event", "frame", "time", "confidence"]
    assert list(zip(found.video, found.event, strict=True)) == [(t, e) for t in "tu" for e in ("lowest", "up")]
    for row in found.itertuples():
        target = {t.name: t for t in TARGETS}[row.video]
        there = align(A, target).at({"lowest": 20, "up": 33}[row.event])
        assert (row.frame, row.time) == (there.frame, there.time)
        assert row.confidence == pytest.approx(there.confidence)


def test_known_warps_are_carried_right():
    """At the moment m of the movement, a is at m, b at sqrt(m), c at m ** 2 and u at the cube root."""
    moments = {"first": 0.36, "second": 0.64}
    marks = {"squat/a.mp4": (50, 1), "squat/b.mp4": (80, 2), "c": (60, 0.5)}
    rows = {v: {e: round(m ** (1 / power) * (t - 1)) for e, m in moments.items()} for v, (t, power) in marks.items()}
    found = carry(table_of(rows), [A, B, C], TARGETS).set_index(["video", "event"]).frame
    for event, moment in moments.items():
        assert abs(found["t", event] - moment * 69) <= 1.5
        assert abs(found["u", event] - moment ** (1 / 3) * 39) <= 1.5


def test_several_marked_clips_give_their_median():
    marks = {"squat/a.mp4": {"low": 10}, "squat/b.mp4": {"low": 60}, "c": {"low": 30}}
    each = sorted(align(clip, TARGETS[0]).at(marks[clip.name]["low"]).frame for clip in (A, B, C))
    assert carry(table_of(marks), [A, B, C], TARGETS[:1]).frame.tolist() == [each[1]]
    two = {name: marks[name] for name in ("squat/a.mp4", "c")}
    first, second = sorted(align(clip, TARGETS[0]).at(two[clip.name]["low"]).frame for clip in (A, C))
    assert carry(table_of(two), [A, C], TARGETS[:1]).frame.tolist() == [(first + second) // 2]


def test_clips_that_disagree_are_less_sure_than_clips_that_agree():
    agree = {"squat/a.mp4": {"low": 25}, "squat/b.mp4": {"low": 57}}
    apart = {"squat/a.mp4": {"low": 25}, "squat/b.mp4": {"low": 20}}
    sure, unsure = (carry(table_of(marks), [A, B], TARGETS[:1]).confidence.item() for marks in (agree, apart))
    assert unsure < 0.6 * sure


def test_videos_may_be_named_without_folder_and_ending_and_marked_by_time():
    by_frame = carry(table_of({"squat/a.mp4": {"low": 20}}), [A], TARGETS)
    for name in ("a", "a.mp4", "squat/a"):
        given_time = pd.DataFrame({"video": [name], "event": ["low"], "frame": [None], "time": [20 / 25]})
        pd.testing.assert_frame_equal(carry(given_time, [A], TARGETS), by_frame)


def test_an_event_that_some_clips_lack_comes_from_the_others_and_is_counted(caplog):
    marks = {"squat/a.mp4": {"low": 20, "up": 40}, "c": {"up": 20}}
    with caplog.at_level(logging.WARNING, logger="la2ds"):
        found = carry(table_of(marks), [A, B, C], TARGETS[:1]).set_index("event")
    assert caplog.messages == ["event low is marked in 1 of 2 clips"]
    assert found.frame["low"] == align(A, TARGETS[0]).at(20).frame


def test_events_keep_their_order_and_a_frame_each():
    """Carried to a clip of four frames, five neighbours in the source cannot all stay where they belong."""
    short = warped_clip("short", 6)
    found = carry({f"e{n}": 20 + n for n in range(5)}, A, [short])
    assert found.event.tolist() == [f"e{n}" for n in range(5)]
    assert (np.diff(found.frame) >= 1).all()
    assert found.frame.between(0, 5).all()
    with pytest.raises(InputError, match="short: expected a frame for each of 7 events, found 6 frames"):
        carry({f"e{n}": n for n in range(7)}, A, [short])


@settings(deadline=None)
@given(st.lists(st.integers(0, 11), min_size=1, max_size=5), st.integers(0, 3))
def test_putting_in_order_moves_no_event_that_is_in_order(frames, known):
    names = [f"e{n}" for n in range(len(frames))]
    before = {name: {names[n - 1]} if 0 < n <= known else set() for n, name in enumerate(names)}
    found = in_order(dict(zip(names, frames, strict=True)), before, 12)
    assert sorted(found) == names and len(set(found.values())) == len(names)
    assert all(0 <= frame < 12 for frame in found.values())
    assert all(found[earlier] < found[name] for name, earliers in before.items() for earlier in earliers)
    if len(set(frames)) == len(frames) and frames[: known + 1] == sorted(frames[: known + 1]):
        assert found == dict(zip(names, frames, strict=True))


@pytest.mark.parametrize(
    ("marks", "message"),
    [
        ({"nobody": {"low": 3}}, r"expected a video among squat/a\.mp4, squat/b\.mp4, c, found 'nobody'"),
        ({"c": {"low": 60}}, "expected low in frames 0 to 59 of c, found 60"),
        ({"c": {"low": -1}}, "expected low in frames 0 to 59 of c, found -1"),
        ({"c": {"low": 2.5}}, "expected a frame or a time of low in c, found 2.5"),
        ({"c": {"low": 3, "up": 3}}, "each event of c in a frame of its own, found low and up both in frame 3"),
        ({"c": {"low": 3, "up": 9}, "a": {"low": 9, "up": 3}}, "events in one order in all clips, found"),
        ({}, "expected at least one mark, found none"),
    ],
)
def test_marks_that_make_no_sense_are_refused_in_a_sentence(marks, message):
    with pytest.raises(InputError, match=message):
        carry(table_of(marks), [A, B, C], TARGETS)


def test_tables_that_are_none_are_refused():
    with pytest.raises(InputError, match="expected columns video, event, and frame or time, found video, frame"):
        carry(pd.DataFrame({"video": ["c"], "frame": [3]}), [C], TARGETS)
    with pytest.raises(InputError, match=r"expected low in 0 to 1.96667 s of c, found 7 s"):
        carry(pd.DataFrame({"video": ["c"], "event": ["low"], "time": [7.0]}), [C], TARGETS)
    with pytest.raises(InputError, match="expected each mark of c to name its event, found nothing"):
        carry(pd.DataFrame({"video": ["c"], "event": [None], "frame": [7]}), [C], TARGETS)
    with pytest.raises(InputError, match="expected each event of c once, found 'low' more than once"):
        carry(pd.DataFrame({"video": ["c", "c"], "event": ["low"] * 2, "frame": [3, 4]}), [C], TARGETS)
    with pytest.raises(InputError, match="expected a table of marks with a column video, found 2 marked clips"):
        carry({"low": 3}, [A, C], TARGETS)


def test_the_confidence_is_of_the_frame_that_was_taken():
    found = carry({"low": 20}, A, TARGETS[:1])
    assert found.confidence.between(0, 1).all()
    assert TOLERANCE * len(TARGETS[0]) < 3


def test_a_table_may_give_frame_and_time_where_they_agree():
    """Frame 20 of 25 a second is shown at 0.8 s; a frame off is what rounding and other players may do."""
    for time in (0.8, 0.84, np.nan):
        table = pd.DataFrame({"video": ["c"], "event": ["low"], "frame": [20], "time": [time]})
        table.video = "squat/a.mp4"
        assert carry(table, [A], TARGETS).frame.tolist() == carry({"low": 20}, A, TARGETS).frame.tolist()
    with pytest.raises(InputError, match=r"frame and time of low in squat/a.mp4 to agree, found frame 20, .* 1.2 s"):
        carry(table.assign(time=1.2), [A], TARGETS)


def test_what_was_carried_can_be_carried_on():
    first = carry({"low": 20, "up": 33}, A, TARGETS)
    assert len(carry(first, TARGETS, [B])) == 2
