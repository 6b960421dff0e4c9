"""One list of the clips that were set aside."""

import numpy as np
import pytest

from la2ds.__main__ import main
from la2ds.datasets.quarantine import read_list
from la2ds.errors import InputError
from la2ds.formats.labels import Labels, read_labels, write_labels
from la2ds.formats.quarantine import Refusal

HEADER = "video_id,source,stage,reason\n"


def test_rows_of_all_shards_stand_under_one_header(tmp_path):
    (tmp_path / "b.csv").write_text(f'{HEADER}clip_9,9.mp4,end,"cut, half"\n')
    (tmp_path / "a.csv").write_text(HEADER)
    shards = [str(tmp_path / "b.csv"), str(tmp_path / "a.csv")]
    assert main(["quarantine", "--shards", *shards, "--output", str(tmp_path / "all.csv")]) == 0
    assert (tmp_path / "all.csv").read_text() == f'{HEADER}clip_9,9.mp4,end,"cut, half"\n'


def test_what_index_left_out_comes_first_and_each_clip_once(tmp_path):
    refused = (Refusal("ä", "ä.mat", "index", "broken"), Refusal("clip_9", "9.mp4", "open", "no film"))
    write_labels(tmp_path / "labels.parquet", Labels({"b": np.zeros(2, np.int16)}, "human", refused))
    assert read_labels(tmp_path / "labels.parquet").source == "human"
    (tmp_path / "a.csv").write_text(f"{HEADER}clip_9,9.mp4,end,later\nclip_8,8.mp4,end,cut\n")
    files = ["--labels", str(tmp_path / "labels.parquet"), "--shards", str(tmp_path / "a.csv")]
    assert main(["quarantine", *files, "--output", str(tmp_path / "all.csv")]) == 0
    rows = "ä,ä.mat,index,broken\nclip_9,9.mp4,open,no film\nclip_8,8.mp4,end,cut\n"
    assert (tmp_path / "all.csv").read_text(encoding="utf-8") == HEADER + rows


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "an empty or a broken file"),
        ("video_id,why\n", "columns video_id, why"),
        (f"{HEADER}a,b\n", "columns a, b"),
        ("\0", "columns \0"),
    ],
)
def test_other_files_are_refused(tmp_path, text, found):
    (tmp_path / "b.csv").write_text(text)
    with pytest.raises(InputError, match=found):
        read_list(str(tmp_path / "b.csv"))
