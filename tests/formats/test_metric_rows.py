"""A line of a metrics file."""

import numpy as np

from la2ds.formats.results.metrics import COLUMNS, Row
from la2ds.formats.results.units import video_units


def test_a_row_without_units_has_the_columns_of_the_file_but_for_the_commit() -> None:
    row = Row("kendall_tau", "split=val", 0.5, 12, 3, video_units(["clip"], n=np.ones(1), total=np.ones(1)))
    assert row.without_units == ("kendall_tau", "split=val", 0.5, 12, 3)
    assert dict(zip(COLUMNS[:-1], row.without_units, strict=True))["dropped"] == 3
