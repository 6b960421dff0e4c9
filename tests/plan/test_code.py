"""Code as input: what a cheap rule depends on is what its verb imports."""

import re
import subprocess
import sys

import pytest

from la2ds.plan.code import code_of, file_of
from la2ds.verbs import VERBS
from tests.fixtures.paths import ROOT

RULES = "\n".join(file.read_text() for file in sorted((ROOT / "workflow/rules").glob("*.smk")))
# Dear to make again: what they depend on is stamped into their results as a commit.
DEAR = {"demo", "fetch", "index", "decode", "weights", "keypoints", "heatmaps", "rgb", "train", "embed"}


def test_every_cheap_rule_lists_the_code_of_its_own_verb():
    named = {}
    for rule in re.split(r"(?m)^(?:rule|checkpoint) ", RULES)[1:]:
        verb, code = re.search(r"python -m la2ds (\w+)", rule), re.search(r'code=study\.code\("(\w+)"\)', rule)
        if verb:
            named[verb[1]] = code and code[1]
    assert {verb for verb, code in named.items() if code is None} == DEAR & set(named)
    assert all(code == verb for verb, code in named.items() if code)


@pytest.mark.parametrize("verb", ["collect", "evaluate", "table", "report", "draw_curves"])
def test_it_is_what_python_loads_for_the_verb(verb):
    """Whatever the verb's module brings into memory is listed, but for files whose names la2ds.config hands on."""
    code = f"import sys, importlib; importlib.import_module({VERBS[verb][0]!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {file_of(name) for name in done.stdout.split() if name.startswith("la2ds.")}
    listed = {(ROOT / name).resolve() for name in code_of(verb)}
    beside = ("__init__.py", "version.py")
    missing = {file for file in loaded - listed if file.name not in beside and file.parent.name != "config"}
    assert not missing


@pytest.mark.parametrize(
    ("verb", "file"),
    [
        ("robustness", "evaluation/evaluate.py"),
        ("table", "formats/results/runs.py"),
        ("draw_confusion", "evaluation/metrics/clips.py"),
        ("draw_confusion", "evaluation/metrics/phase_classification.py"),
        ("draw_clips", "report/page/html.py"),
        ("draw_clips", "report/page/scrubber.js"),
        ("report", "report/page/page.css"),
        ("track", "report/figures/alignment.py"),
    ],
)
def test_what_lists_kept_by_hand_forgot(verb, file):
    assert f"la2ds/{file}" in code_of(verb)


def test_it_follows_names_that_a_folder_hands_on():
    listed = code_of("evaluate")
    assert "la2ds/config/protocol.py" in listed and "la2ds/config/augmentation.py" not in listed
    assert "la2ds/evaluation/metrics/kendall_tau.py" in listed and "la2ds/evaluation/metrics/clips.py" in listed
    assert not any(name.startswith(("la2ds/learning", "la2ds/views")) for name in code_of("robustness"))
