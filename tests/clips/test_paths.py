"""Many pairs at once are matched as each alone is."""

import numpy as np

from la2ds.clips.matching.paths import CHUNK, match_pairs
from la2ds.evaluation.align import frame_costs, match_frames


def test_every_path_is_that_of_its_pair_alone():
    rng = np.random.default_rng(0)
    clips = [rng.normal(size=(frames, 3)) for frames in rng.integers(1, 30, size=2 * CHUNK)]
    clips += [clip.round() for clip in clips[:6]]  # among whole numbers, paths of one cost
    pairs = [(clips[n], clips[-n - 1]) for n in range(len(clips))]
    found = list(match_pairs(pairs))
    assert len(found) == len(pairs) > CHUNK
    for (a, b), path in zip(pairs, found, strict=True):
        np.testing.assert_array_equal(path, match_frames(frame_costs(a, b, kind="squared")))
