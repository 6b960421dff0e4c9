"""One way to compute the checksum of a file."""

import hashlib
from pathlib import Path

import la2ds
from la2ds.formats.files.storage import sha256_of


def test_the_checksum_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"la2ds" * 1_000_000)
    assert sha256_of(tmp_path / "file") == hashlib.sha256(b"la2ds" * 1_000_000).hexdigest()
    assert sha256_of(str(tmp_path / "file")) == sha256_of(tmp_path / "file")


def test_files_are_hashed_in_one_place() -> None:
    package = Path(la2ds.__file__).parent
    sources = {path.relative_to(package).as_posix(): path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    assert [name for name, text in sources.items() if "file_digest" in text] == ["formats/files/storage.py"]
