"""The page of two clips, in a browser: what is shown, keys and fingers, marks as a table, and nothing from outside."""

import csv
import dataclasses
import json
import re

import pytest

from la2ds.clips.departures import departures
from la2ds.clips.page.build import write_page
from la2ds.datasets.folder.tables import Names, read_marks
from tests.fixtures.browser import Browser, needs_browser
from tests.fixtures.stick_figure import in_step, squat, tinted

pytestmark = needs_browser
NASTY = '</script><img src=x onerror=alert(1)>=ü, "B".mp4'
SHOWN = "['a', 'b'].map((side) => Number(document.getElementById(`canvas-${side}`).dataset.frame))"
# The colour in the middle of the upper edge, which no limb covers.
COLOURS = """['a', 'b'].map((side) => {
  const canvas = document.getElementById(`canvas-${side}`);
  return [...canvas.getContext('2d').getImageData(canvas.width / 2, 3, 1, 1).data].slice(0, 3);
})"""


@pytest.fixture(scope="module")
def match(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    a = tinted(squat(31, name="anna.mp4"), folder, channel=0)
    b = tinted(dataclasses.replace(squat(39, deepest=120, at=0.4), name="=ben, 2.mp4"), folder, channel=2)
    return in_step(a, b)


@pytest.fixture(scope="module")
def files(match, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    told = {"departures": departures(match), "titles": ("Anna", NASTY), "warnings": [NASTY], "footer": NASTY}
    assert told["departures"]
    for name, pictures in (("whole", True), ("skeleton", False)):
        write_page(folder / f"{name}.html", match, pictures=pictures, **told)
    return folder


@pytest.fixture(scope="module")
def browser():
    with Browser() as browser:
        yield browser


@pytest.fixture
def page(browser, files):
    page = browser.open((files / "whole.html").as_uri())
    settle(page, 0, 0)
    yield page
    assert page.errors == []
    assert page.requests == [(files / "whole.html").as_uri()]


def settle(page, a, b):
    """Wait until a frame of each clip is drawn."""
    page.wait_for(f"JSON.stringify({SHOWN}) === '[{a},{b}]'", seconds=5)


def partner(match, frame):
    """What the page shows of b beside the first of a frame's matches."""
    return next(int(j) for i, j in match.path if i == frame)


def test_a_drag_shows_each_frame_with_its_match(page, match):
    page.drag("#slider", [0.02, 0.3, 0.6])
    page.evaluate("new Promise((done) => setTimeout(done, 300))")
    a, b = page.evaluate(SHOWN)
    assert [a, b] in match.path.tolist() and 12 < a < 24
    red, blue = page.evaluate(COLOURS)
    # Pictures are 10 and six times the frame, through JPEG and WebP.
    assert red == pytest.approx([10 + 6 * a, 0, 0], abs=9) and blue == pytest.approx([0, 0, 10 + 6 * b], abs=9)
    value = page.evaluate("Number(document.getElementById('slider').value)")
    assert value == pytest.approx((a / 30 + b / 38) / 2, abs=1e-3)
    told = page.evaluate("document.getElementById('slider').getAttribute('aria-valuetext')")
    assert told == f"{a / 30:.2f} s, frame {a} of A, {b / 30:.2f} s, frame {b} of B"


def test_keys_step_through_the_match(page, match):
    page.click("#slider")  # the keys work wherever the focus is
    page.press("Home")
    settle(page, *match.path[0])
    for _ in range(3):
        page.press("ArrowRight")
    settle(page, *match.path[3])
    page.press("ArrowRight", shift=True)
    settle(page, *match.path[13])
    page.press("ArrowLeft")
    settle(page, *match.path[12])
    page.press("End")
    settle(page, *match.path[-1])


def test_offset_and_single_sides(page, match):
    page.evaluate("go(10)")
    a, b = map(int, match.path[10])
    settle(page, a, b)
    for _ in range(2):
        page.press("6")
    settle(page, a, b + 2)
    page.click("#a-forth")
    page.press("3")
    settle(page, a + 1, b + 1)
    assert page.evaluate("document.getElementById('loose').textContent") == "A +1, B −1"
    page.press("ArrowRight")  # both go on in step, and the offset stays
    settle(page, match.path[11][0], match.path[11][1] + 2)
    assert page.evaluate("document.getElementById('offset').value") == "2"
    page.press("0")
    settle(page, *match.path[11])
    page.evaluate("document.getElementById('offset').focus()")
    page.evaluate("document.getElementById('offset').select()")
    page.type("-500")
    page.press("Enter")
    settle(page, match.path[11][0], 0)


def test_playing_takes_the_time_of_the_first_clip(page, match):
    page.press("f")  # half
    page.press("f")  # quarter
    page.press(" ")
    page.evaluate("new Promise((done) => setTimeout(done, 1500))")
    page.press(" ")
    a, b = page.evaluate(SHOWN)
    # A quarter of 1.5 s is 11 frames; the machine may be slow, the page may not be fast.
    assert 2 <= a <= 13 and [a, b] in match.path.tolist()
    assert page.evaluate("document.getElementById('play').textContent") == "Play"
    clock = page.evaluate("clock")
    assert clock == sorted(set(clock)) and clock[-1] - clock[0] == pytest.approx(31 / 30, abs=2e-3)
    page.press("f")  # full
    page.press(" ")
    page.wait_for("!state.playing", seconds=10)
    settle(page, 30, 38)


def test_a_departure_leads_to_its_moment_and_shows_it(page, match):
    first = departures(match)[0]
    page.click("#departures button")
    settle(page, *first.frames)
    assert page.evaluate("document.querySelector('#departures button span').textContent") == first.text
    page.wait_for("thumbsDone === thumbs.length")
    frames = page.evaluate(
        "[...document.querySelectorAll('#departures li:first-child canvas')].map((c) => c.dataset.frame)"
    )
    assert frames == [str(frame) for frame in first.frames]


def test_curves_are_chosen_and_lead_to_a_moment(page):
    page.evaluate("document.querySelectorAll('#angle-choice input').forEach((box) => box.checked && box.click())")
    assert page.evaluate("document.querySelectorAll('.curve:not([hidden])').length") == 0
    page.evaluate("document.querySelector('#angle-choice input').click()")
    assert page.evaluate("document.querySelector('.curve:not([hidden]) h3').textContent") == "left knee"
    page.drag(".curve:not([hidden]) .plot", [0.2, 0.5])
    page.wait_for("Math.abs(common[state.step] - 0.48) < 0.05")
    told = page.evaluate("document.querySelector('.curve:not([hidden]) .told').textContent")
    assert re.fullmatch(r"A \d+°, B \d+°, B [+−]\d+°", told)
    drawn = page.evaluate(
        "[...document.querySelectorAll('.curve:not([hidden]) path')].map((p) => p.getAttribute('d').length)"
    )
    assert all(length > 100 for length in drawn)


def test_views(page):
    pixels = "document.getElementById('canvas-a').toDataURL()"
    seen = [page.evaluate(pixels)]
    for _ in range(2):
        page.press("v")
        page.evaluate("new Promise((done) => setTimeout(done, 150))")
        seen.append(page.evaluate(pixels))
    assert len(set(seen)) == 3
    page.press("v")
    page.evaluate("new Promise((done) => setTimeout(done, 150))")
    assert page.evaluate(pixels) == seen[0]
    page.click("#whole")
    page.evaluate("new Promise((done) => setTimeout(done, 150))")
    assert page.evaluate(pixels) != seen[0]


def test_marks_become_a_table_that_the_reader_takes(page, match, tmp_path):
    page.downloads(tmp_path)
    for step, name in ((5, 'halfway, "down"'), (12, "tiefster Punkt ü"), (20, "wrong")):
        page.evaluate(f"go({step})")
        page.press("m")
        page.type(name)
        page.press("Enter")
    page.evaluate("go(14)")  # a name that is there moves
    page.press("m")
    page.type("tiefster Punkt ü")
    page.press("Enter")
    page.press("m")
    page.type("=1+1")
    page.press("Enter")
    assert "may not begin with" in page.evaluate("document.getElementById('mark-told').textContent")
    page.press("Escape")
    for side in "AB":
        page.click(f"button[aria-label='Remove wrong of {side}']")
    assert page.evaluate("document.querySelectorAll('#marks tbody tr').length") == 4
    page.click("#save")
    table = tmp_path / "labels.csv"
    page.wait_for("true")
    for _ in range(50):
        if table.is_file() and table.stat().st_size:
            break
        page.evaluate("new Promise((done) => setTimeout(done, 100))")
    names = Names({"squat/anna": "squat/anna.mp4", "squat/=ben, 2": "squat/=ben, 2.mp4"})
    marks = read_marks(table, names)
    wanted = ['halfway, "down"', "tiefster Punkt ü"]
    for video, column in (("squat/anna", 0), ("squat/=ben, 2", 1)):
        assert [mark.event for mark in marks[video]] == wanted
        assert [mark.frame for mark in marks[video]] == [int(match.path[step][column]) for step in (5, 14)]
    cells = [cell for row in csv.reader(table.read_text("utf-8-sig").splitlines()) for cell in row]
    assert "anna.mp4" in cells and not [cell for cell in cells if cell.startswith("=")]


def test_marks_of_one_clip_and_two_events_in_one_frame(page):
    page.evaluate("go(8)")
    page.evaluate("document.getElementById('mark-in').value = 'a'")
    for name in ("one", "two"):
        page.press("m")
        page.type(name)
        page.click("#mark")
    assert "is marked as one" in page.evaluate("document.getElementById('mark-told').textContent")
    assert page.evaluate("marks.list.length") == 1
    page.evaluate("document.getElementById('mark-in').value = 'b'")
    page.click("#mark")
    assert "other events" in page.evaluate("document.getElementById('marks-hint').textContent")


def test_names_are_text_and_nothing_else(page):
    assert page.evaluate("document.querySelector('[data-title=b]').textContent") == NASTY
    assert page.evaluate("document.querySelector('#warnings li').textContent") == NASTY
    assert page.evaluate("document.getElementById('footer').textContent") == NASTY
    assert page.evaluate("document.querySelectorAll('img').length") == 0
    assert page.evaluate("document.title") == f"Anna and {NASTY} in step"


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone(browser, files, match, dark):
    page = browser.open((files / "whole.html").as_uri(), width=390, height=844, dark=dark)
    settle(page, 0, 0)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.evaluate("marks.add('a very long name of an event that goes on and on', {a: 1, b: 2})")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.swipe("#slider", [0.01, 0.2, 0.5])
    page.wait_for("state.step > 5")
    page.tap("#a-forth", until="state.loose.a > 0")
    # Both clips stay in sight while one reads on.
    page.evaluate("document.getElementById('pathing').scrollIntoView({behavior: 'instant'})")
    top = page.evaluate("document.getElementById('canvas-a').getBoundingClientRect().top")
    assert 0 <= top < 100
    assert page.errors == []


def test_everything_can_be_reached_with_the_tab_key(page):
    page.evaluate("document.body.focus()")
    reached = []
    for _ in range(40):
        page.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.name || document.activeElement.tagName")
        )
    order = [
        "play",
        "slider",
        "back",
        "forth",
        "speed",
        "view",
        "loop",
        "whole",
        "a-back",
        "b-forth",
        "offset",
        "mark-name",
        "mark",
    ]
    places = [reached.index(name) for name in order]
    assert places == sorted(places)
    named = """[...document.querySelectorAll('button, input, select, canvas[role=img]')]
      .filter((one) => !one.closest('[hidden]'))
      .filter((one) => !(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length)).length"""
    assert page.evaluate(named) == 0


def test_skeletons_alone_hold_no_picture(browser, files, match):
    whole, skeleton = ((files / f"{name}.html").read_text() for name in ("whole", "skeleton"))
    data = json.loads(re.search(r'id="data">(.*?)</script>', skeleton, re.DOTALL)[1])
    assert data["a"]["pictures"] is None and data["b"]["pictures"] is None
    # The beginning of every WebP file in Base64.
    assert "UklGR" in whole and "UklGR" not in skeleton
    page = browser.open((files / "skeleton.html").as_uri())
    settle(page, 0, 0)
    assert page.evaluate("document.getElementById('view').hidden")
    page.press("v")
    page.press("ArrowRight")
    settle(page, *match.path[1])
    assert page.evaluate("document.getElementById('canvas-a').dataset.picture") == ""
    assert page.errors == [] and len(page.requests) == 1


# Whether what the keys are at lies under the clips, which stick to the top, or below the window.
COVERED = """(() => {
  const box = document.activeElement.getBoundingClientRect();
  const stage = document.getElementById('stage');
  const under = !stage.contains(document.activeElement) && box.top < stage.getBoundingClientRect().bottom;
  return [document.activeElement.tagName, under || box.bottom > window.innerHeight + 1];
})()"""


@pytest.mark.parametrize("height", [600, 844])
def test_on_a_phone_nothing_the_keys_are_at_is_covered(browser, files, height):
    page = browser.open((files / "whole.html").as_uri(), width=390, height=height)
    settle(page, 0, 0)
    assert page.evaluate("getComputedStyle(document.getElementById('stage')).position") == "sticky"
    for shift in (False, True):
        seen = 0
        for _ in range(60):
            page.press("Tab", shift=shift)
            page.evaluate("new Promise(requestAnimationFrame)")
            element, covered = page.evaluate(COVERED)
            if element == "BODY":
                break
            assert not covered
            seen += 1
        assert 20 < seen < 60
