"""The page of speeds says what was measured."""

import pandas as pd

from tests.benchmarks.page import PERFORMANCE, job_seconds, make_page, read_bench, stage_rows


def test_the_page_is_that_of_the_numbers_beside_it() -> None:
    assert PERFORMANCE.with_suffix(".md").read_text() == make_page(read_bench(PERFORMANCE))


def test_a_line_by_hand() -> None:
    found = stage_rows(
        pd.DataFrame(
            [{"stage": "tau", "size": "4 x 30", "ours_s": 0.5, "ratio": 3.04, "growth": None, "peak_mb": 1234.5}]
        )
    )
    assert found[0][1:] == ["4 x 30", "0.5000", "3.0", "", "1,234"]


def test_job_seconds_are_added_up_by_rule(tmp_path) -> None:
    for name, seconds in {"train/a/1": 2.0, "train/b/2": 3.5, "embed/a/1": 9.0}.items():
        file = tmp_path / f"{name}.tsv"
        file.parent.mkdir(parents=True)
        file.write_text(f"s\tmax_rss\n{seconds}\t1\n")
    assert job_seconds(tmp_path).values.tolist() == [["embed", 1, 9.0], ["train", 2, 5.5]]
