import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from la2ds.datasets.penn.mat_file import load_fields
from la2ds.errors import InputError

FIELDS = {"x": np.arange(12.0).reshape(4, 3), "train": np.array([[1]], np.uint8), "action": "squat"}


def written(**options):
    file = io.BytesIO()
    savemat(file, FIELDS, **options)
    return file.getvalue()


@pytest.mark.parametrize("options", [{}, {"do_compression": True}])
def test_sound_files_are_read(tmp_path, options):
    path = tmp_path / "1.mat"
    path.write_bytes(written(**options))
    found = load_fields(path, ("x", "train", "action"))
    assert np.array_equal(found["x"], FIELDS["x"]) and found["action"].tolist() == ["squat"]


def test_a_type_that_is_none_is_a_sentence_and_no_crash(tmp_path):
    """In a process of its own: without the check, SciPy ends it with a segmentation fault."""
    content = bytearray(written())
    place = content.index(FIELDS["x"].T.tobytes()) - 8
    content[place : place + 4] = (200).to_bytes(4, "little")
    (tmp_path / "1.mat").write_bytes(content)
    code = (
        "import sys; from pathlib import Path; from la2ds.datasets.penn.mat_file import load_fields\n"
        "try: load_fields(Path(sys.argv[1]), ('x',))\n"
        "except ValueError as error: print(error)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "1.mat")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "an array without its values" in done.stdout


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (lambda c: c[:-30], "an element of"),
        (lambda c: c[:-3], "an element of"),
        (lambda c: c[:126] + b"XX" + c[128:], "another header"),
        (lambda c: c + b"\1\2\3", "half a tag"),
        (lambda c: c[:128] + (3).to_bytes(4, "little") + c[132:], "type 3 where an array is"),
        (lambda c: c[:144] + b"\1" + c[145:], "class 1, no text or numbers"),
        (lambda c: b"", "another header"),
    ],
)
def test_broken_files_are_one_sentence(tmp_path, broken, told):
    path = Path(tmp_path, "1.mat")
    path.write_bytes(broken(written()))
    with pytest.raises(InputError, match=f"expected a whole MATLAB 5 file, found .*{told}"):
        load_fields(path, ("x",))


def test_a_missing_field_is_named(tmp_path):
    path = tmp_path / "1.mat"
    path.write_bytes(written())
    with pytest.raises(InputError, match="found no bbox"):
        load_fields(path, ("x", "bbox"))
