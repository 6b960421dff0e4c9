"""How verbs are started."""

import gc
import re
import subprocess
import sys
import tomllib

import pytest

from la2ds.__main__ import load, main
from la2ds.verbs import GROUPS, VERBS
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
