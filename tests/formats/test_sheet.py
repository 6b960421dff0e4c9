"""Tables as spreadsheets write them: what is another dress of the same table is read, anything else is quoted."""

import tempfile
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from la2ds.errors import InputError
from la2ds.formats.embeddings import read_embeddings
from la2ds.formats.files.sheet import read_number, read_sheet
from la2ds.formats.labels import read_labels
from la2ds.formats.videos import VIDEO_COLUMNS, read_videos

WANTED = ("video", "frame")
ROW = [("line 2", {"video": "a b", "frame": "1,5"})]


@pytest.mark.parametrize(
    "content",
    [
        b"video;frame\na b;1,5\n",
        b"video\tframe\na b\t1,5\n",
        b'video,frame\na b,"1,5"\n',
        b"VIDEO; Frame \r\n a b ; 1,5 \r\n;\r\n",
        b"\xef\xbb\xbfvideo;frame\r\na b;1,5;;\r\n",
        b"video;frame\ra b;1,5\r",
    ],
)
def test_the_same_table_in_other_dress(tmp_path, content):
    (tmp_path / "t.csv").write_bytes(content)
    assert list(read_sheet(tmp_path / "t.csv", WANTED)) == ROW


def test_the_line_that_names_the_delimiter(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"sep=;\r\nvideo;frame;\r\na b;1,5;\r\n")
    assert list(read_sheet(tmp_path / "t.csv", WANTED)) == [("line 3", ROW[0][1] | {"unnamed 2": ""})]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected columns video, frame, found an empty file"),
        (b"Video;Nr\n", "expected columns video, frame, found no frame in 'Video;Nr'"),
        (b"video,frame,Frame\n", "expected each column once, found 'frame' twice in 'video,frame,Frame'"),
        (b"video,frame\na,1,2\n", "expected 2 values in line 2, found 'a,1,2'"),
        ("video,frame\nä,1\n".encode("utf-16"), "expected a CSV table in UTF-8, found UTF-16"),
        (b"video,frame\n\n\xe4,1\n", "expected a CSV table in UTF-8, found byte 0xe4 in line 3"),
        (b"a" * 200_000, r"expected a CSV table, found field larger than field limit \(131072\) in line 1"),
        (
            b"a" * 2_000,
            r"expected columns video, frame, found no video, frame in 'a{470,}\.\.\. \([\d,]+ characters\)$",
        ),
        (b"PK\x03\x04\0\0", "expected a CSV table in UTF-8, found UTF-16, or no text"),
    ],
)
def test_what_was_found_is_quoted(tmp_path, content, message):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(InputError, match=f"^{tmp_path}/t.csv: {message}"):
        list(read_sheet(tmp_path / "t.csv", WANTED))


def test_numbers():
    assert [read_number(text) for text in ("1.5", "1,5", "2")] == [1.5, 1.5, 2.0]
    assert all(pd.isna(read_number(text)) for text in ("", "x", "1,2,3", "1.2,3"))


def test_a_videos_table_that_a_spreadsheet_saved(tmp_path):
    rows = ["a;squat;train;a.mp4;10;29,97;8;6;s_0", "b;squat;val;b.mp4;10;;8;6;s_0"]
    (tmp_path / "v.csv").write_text("\n".join([";".join(VIDEO_COLUMNS).upper(), *rows]))
    videos = read_videos(tmp_path / "v.csv")
    assert videos.fps.tolist()[0] == 29.97
    assert videos.fps.isna().tolist() == [False, True]
    assert videos.frames.tolist() == [10, 10]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("fps", "fast", "expected fps of a to be a number above 0, or empty, found 'fast'"),
        ("fps", "0", "expected fps of a to be a number above 0, or empty, found"),
        ("fps", "inf", "expected fps of a to be a number above 0, or empty, found"),
        ("frames", "many", "expected frames of a to be a whole number, found 'many'"),
        ("frames", "-3", "expected frames of a to be a whole number, found"),
        ("frames", "", "expected frames of a to be a whole number, found ''"),
        ("width", "3.5", "expected width of a to be a whole number, found"),
    ],
)
def test_numbers_of_a_videos_table(tmp_path, column, value, message):
    row = dict(zip(VIDEO_COLUMNS, ["a", "squat", "train", "a.mp4", "10", "25", "8", "6", "s_0"], strict=True))
    row[column] = value
    (tmp_path / "v.csv").write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n")
    with pytest.raises(InputError, match=message):
        read_videos(tmp_path / "v.csv")


CELLS = st.sampled_from(
    ["a", "1", "0,5", "1e400", "-2", "nan", "", " ", '"', '"x', "\0", "\ufeff", "9" * 400, "ä", "sep=;"]
)
LINES = st.lists(st.tuples(st.lists(CELLS, max_size=5), st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n", "\r"])))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(",;\t"), LINES, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]))
def test_whatever_a_table_holds_it_is_read_or_refused(delimiter, lines, encoding):
    heads = {read_videos: VIDEO_COLUMNS, read_labels: ["video_id", "frame", "phase"]}
    heads[read_embeddings] = ["video_id", "frame", "e0"]
    body = "".join(mark.join(cells) + end for cells, mark, end in lines)
    with tempfile.TemporaryDirectory() as folder:
        for reader, columns in heads.items():
            file = Path(folder, "t.csv")
            text = delimiter.join(columns) + "\n" + body
            file.write_bytes(text.encode(encoding, errors="replace"))
            with suppress(InputError):
                reader(file)
            with suppress(InputError):
                list(read_sheet(file, columns[:2]))
