"""How verbs are started."""

import argparse
import gc
import re
import subprocess
import sys
import tomllib

import pytest

from la2ds.__main__ import WithDefaults, load, main
from la2ds.verbs import GROUPS, VERBS, about
from tests.fixtures.paths import ROOT


def test_garbage_is_collected_again_once_a_verb_is_loaded() -> None:
    load("la2ds.evaluation.collect")
    assert gc.isenabled()
    with pytest.raises(ModuleNotFoundError):
        load("la2ds.nothing")
    assert gc.isenabled()


# Verbs that compute with networks load PyTorch; for all others that would be two seconds lost, hundreds of times.
LIGHT = [verb for verb in VERBS if verb.startswith("draw_")] + ["embed", "collect", "table", "track", "report", "index"]


@pytest.mark.parametrize("verb", [verb for verb in LIGHT if verb != "draw_clips"])  # draw_clips finds paths with it
def test_pytorch_is_loaded_only_where_it_computes(verb: str) -> None:
    code = f"import sys; from la2ds.__main__ import load; load({VERBS[verb][0]!r}); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_help_lists_every_verb_in_its_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    groups = {block.partition(":\n")[0]: block for block in capsys.readouterr().out.split("\n\n")}
    for title, verbs in GROUPS.items():
        assert re.findall(r"(?m)^  (\w+) +\w", groups[title]) == list(verbs)
    assert sum(map(len, GROUPS.values())) == len(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb_is_two_sentences_and_says_every_option(verb: str) -> None:
    assert len(re.findall(r"[^.]\.(?: |$)", about(verb))) == 2, about(verb)
    parser = argparse.ArgumentParser(formatter_class=WithDefaults)
    load(VERBS[verb][0]).add_arguments(parser)
    assert not [action.dest for action in parser._actions if not action.help]
    parser.format_help()


def test_the_help_says_what_an_option_is_where_it_is_left_out() -> None:
    parser = argparse.ArgumentParser(formatter_class=WithDefaults)
    parser.add_argument("--pace", default=2.5, help="seconds")
    parser.add_argument("--place", default=7, help="default: here")
    parser.add_argument("--none", help="nothing")
    told = parser.format_help()
    assert "seconds (default: 2.5)" in told and "default: here\n" in told and "nothing\n" in told


def test_the_version_is_the_project_s(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert capsys.readouterr().out == f"la2ds {project['version']}\n"


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        ("evalute", "la2ds: expected a verb, perhaps evaluate (`la2ds --help` lists all), found evalute"),
        ("Draw-Map", "la2ds: expected a verb, perhaps draw_map"),
        ("", "la2ds: expected a verb (`la2ds --help` lists all), found an empty word"),
        ("xqzw", "la2ds: expected a verb (`la2ds --help` lists all), found xqzw"),
    ],
)
def test_an_unknown_verb_is_one_sentence(caplog: pytest.LogCaptureFixture, verb: str, told: str) -> None:
    assert main([verb]) == 2
    (record,) = caplog.records
    assert record.getMessage().startswith(told) and "\n" not in record.getMessage()
