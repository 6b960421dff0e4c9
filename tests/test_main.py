"""How verbs are started."""

import gc
import subprocess
import sys

import pytest

from la2ds.__main__ import load
from la2ds.verbs import VERBS


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
