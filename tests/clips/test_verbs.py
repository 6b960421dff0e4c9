"""The verbs for people with clips, called as they are typed."""

import shutil

import pandas as pd
import pytest

from la2ds.__main__ import main as la2ds
from la2ds.clips.matching.match import align
from la2ds.clips.model import load
from la2ds.datasets.demo.verb import write_video
from la2ds.datasets.folder.tables import Names, read_marks
from tests.fixtures.drawn_clips import drawn


def run(*words):
    return la2ds([str(word) for word in words])


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to stand in."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def learned(films, monkeypatch):
    """A model called squat, after hardly any training."""
    from la2ds.clips.learn import learn

    learn(films["paths"], name="squat", steps=0.01)
    return "squat"


def test_compare_writes_a_page_and_what_else_is_asked_for(films, here, learned, capsys):
    a, b = films["paths"][:2]
    assert run("compare", a, b, "--model", learned, "--film", "ab.webm", "--csv", "ab.csv") == 0
    page = here / "anna 1_änne.html"
    assert page.stat().st_size > 100_000 and "änne.mp4" in page.read_text(encoding="utf-8")
    assert (here / "ab.webm").stat().st_size > 1000
    matches = pd.read_csv(here / "ab.csv")
    assert matches.frame_a.iloc[-1] == len(drawn(0).pixels) - 1
    assert "anna 1_änne.html, ab.webm, ab.csv" in capsys.readouterr().err
    assert run("compare", a, b, "--quick", "--skeletons-only", "-o", "s.html") == 0
    assert (here / "s.html").stat().st_size < page.stat().st_size / 3
    assert len(films["calls"]) == 4  # one for each film, in the fixture


def test_compare_needs_no_training(films, here, capsys):
    assert run("compare", *films["paths"][:2], "-o", "p.html", "--csv", "p.csv") == 0
    told = capsys.readouterr().err
    assert "Finding the poses in 2 films" in told and "Learning" not in told
    a, b = (load("pretrained").embed(film) for film in films["paths"][:2])
    pd.testing.assert_frame_equal(pd.read_csv("p.csv"), align(a, b).to_frame())


def test_compare_adapts_where_it_is_told_to_and_says_so(films, here, monkeypatch, capsys):
    import la2ds.clips.learn as module

    fewer = module.fewer_steps
    monkeypatch.setattr(module, "fewer_steps", lambda method, share: fewer(method, 0.01 * share))
    assert run("compare", *films["paths"][:2], "-o", "p.html", "--adapt") == 0
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 3, "a line for each stage, and one for what was made"
    assert "Finding the poses in 2 films" in told and "Learning from 2 clips, about 0.2 minutes" in told
    assert run("compare", *films["paths"][:2], "-o", "p.html", "--adapt") == 0
    told = capsys.readouterr().err
    assert "Finding" not in told and "Learning" not in told


def test_carry_writes_what_own_labelled_reads(films, here, learned):
    first, second = films["paths"][:2]
    half, lowest, _ = drawn(0).events
    rows = [f"{first.name},halfway down,{half}", f"{first.stem},lowest,{lowest}"]
    rows += [f"{second.name},lowest,{drawn(1).events[1]}"]
    (here / "marked.csv").write_text("video,event,frame\n" + "\n".join(rows) + "\n")
    assert run("carry", "marked.csv", first.parent, "--quick", "-o", "labels.csv") == 0
    table = pd.read_csv(here / "labels.csv")
    assert set(table.video) == {path.name for path in films["paths"]}
    own = table[table.video == first.name].set_index("event")
    assert own.frame.to_dict() == {"halfway down": half, "lowest": lowest} and (own.confidence == 1).all()
    names = Names({f"squat/{p.stem}": f"squat/{p.name}" for p in films["paths"]})
    marks = read_marks(here / "labels.csv", names)
    assert {m.event for m in marks["squat/cleo"]} == {"halfway down", "lowest"}
    found = {m.event: m.frame for m in marks["squat/cleo"]}
    assert abs(found["lowest"] - drawn(3).events[1]) <= 6


def test_odd_names_the_clip_that_is_another_movement(films, here, tmp_path, monkeypatch):
    from tests.fixtures.drawn_clips import draw_film, true_poses

    folder = tmp_path / "with one odd"
    shutil.copytree(films["paths"][0].parent, folder)
    odd = draw_film(folder / "zoe.mp4", 0, "jumping_jacks")
    known = {path: (n, "squat") for n, path in enumerate(sorted(folder.glob("*.mp4"))) if path != odd}
    order = {"anna 1.mp4": 0, "änne.mp4": 1, "ben.mp4": 2, "cleo.mp4": 3}
    known = {path: (order[path.name], "squat") for path in known} | {odd: (0, "jumping_jacks")}
    monkeypatch.setattr("la2ds.clips.kept.estimate_apart", true_poses(known))
    assert run("odd", folder, "--quick", "-o", "odd.csv") == 0
    ranked = pd.read_csv(here / "odd.csv")
    assert ranked.video.iloc[0] == "zoe.mp4" and ranked.score.is_monotonic_decreasing
    assert (here / "odd.png").stat().st_size > 10_000


def test_learn_says_what_the_model_is_worth(films, here, tmp_path, monkeypatch, capsys):
    import la2ds.clips.learn as module
    import la2ds.clips.worth as worth

    fewer = module.fewer_steps
    monkeypatch.setattr(module, "fewer_steps", lambda method, share: fewer(method, 0.01 * share))
    assert run("learn", films["paths"][0].parent, "--name", "few") == 0
    assert "Too few clips to hold some out" in capsys.readouterr().err
    monkeypatch.setattr(worth, "FEWEST", 4)
    assert run("learn", films["paths"][0].parent, "--name", "few") == 0
    told = capsys.readouterr()
    assert "joint angles of matched frames differ by" in told.out and "of the clock" in told.out
    assert run("compare", *films["paths"][:2], "--model", "few") == 0


def test_one_bad_film_does_not_stop_the_others(films, here, learned, capsys):
    folder = films["paths"][0].parent
    (folder / "broken.mp4").write_bytes(films["paths"][0].read_bytes()[:2000])
    assert run("odd", folder, "--quick") == 0
    assert "Left out: " in capsys.readouterr().err
    assert "broken.mp4" not in set(pd.read_csv(here / "odd.csv").video)


def nobody(tasks, **options):
    from la2ds.errors import InputError

    told = {"expected": "a person whose joints can be seen", "found": "0.0%, 0 of 43 frames with any"}
    return [InputError("a.mp4", **told) for _ in tasks]


BAD = {
    "a folder with one film": ("odd", "one"),
    "an empty folder": ("odd", "empty"),
    "no folder": ("learn", "gone"),
    "no film": ("compare", "text.mp4", "good.mp4"),
    "a film that is not there": ("compare", "gone.mp4", "good.mp4"),
    "a film of one frame": ("compare", "still.mp4", "good.mp4"),
    "an unknown model": ("compare", "good.mp4", "other.mp4", "--model", "nobody"),
    "a film of a kind that cannot be written": ("compare", "good.mp4", "other.mp4", "--quick", "--film", "x.txt"),
    "marks that are not there": ("carry", "gone.csv", "two"),
    "marks without a row": ("carry", "empty.csv", "two"),
    "marks of no film": ("carry", "odd.csv", "two"),
    "marks beyond the film": ("carry", "far.csv", "two"),
    "marks without columns": ("carry", "text.mp4", "two"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_leaves_nothing(films, here, caplog, case):
    a, b = films["paths"][:2]
    for name in ("one", "empty", "two"):
        (here / name).mkdir()
    for target, film in {"good.mp4": a, "other.mp4": b, "one/a.mp4": a, "two/a.mp4": a, "two/b.mp4": b}.items():
        shutil.copy(film, here / target)
    (here / "text.mp4").write_text("no film")
    write_video(here / "still.mp4", list(drawn(0).draw())[:1])
    for name, row in {"empty": "", "odd": "nobody.mp4,lowest,3\n", "far": "a.mp4,lowest,3000\n"}.items():
        (here / f"{name}.csv").write_text("video,event,frame\n" + row)
    before = sorted(path for path in here.rglob("*"))
    words = [*BAD[case], "--quick"] if BAD[case][0] == "carry" else BAD[case]
    assert run(*words) == 2
    assert sorted(path for path in here.rglob("*")) == before
    told = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert len(told) == 1 and "expected" in told[0] and "found" in told[0] and "\n" not in told[0]


def test_nobody_in_a_film_is_said(films, here, monkeypatch, caplog):
    monkeypatch.setattr("la2ds.clips.kept.estimate_apart", nobody)
    assert run("compare", *films["paths"][:2], "--quick") == 2
    assert "expected a person whose joints can be seen" in caplog.text and not list(here.iterdir())
