"""One list of unreadable clips."""

import pytest

from la2ds.__main__ import main
from la2ds.datasets.quarantine import gather
from la2ds.errors import InputError


def test_rows_of_all_shards_stand_under_one_header(tmp_path):
    (tmp_path / "b.csv").write_text('video_id,reason\nclip_9,"cut, half"\n')
    (tmp_path / "a.csv").write_text("video_id,reason\n")
    shards = [str(tmp_path / "b.csv"), str(tmp_path / "a.csv")]
    assert main(["quarantine", "--shards", *shards, "--output", str(tmp_path / "all.csv")]) == 0
    assert (tmp_path / "all.csv").read_text() == 'video_id,reason\nclip_9,"cut, half"\n'


@pytest.mark.parametrize(("text", "found"), [("", "an empty file"), ("video_id,why\n", "columns video_id, why")])
def test_other_headers_are_refused(tmp_path, text, found):
    (tmp_path / "a.csv").write_text("video_id,reason\n")
    (tmp_path / "b.csv").write_text(text)
    with pytest.raises(InputError, match=found):
        gather([str(tmp_path / "a.csv"), str(tmp_path / "b.csv")])
