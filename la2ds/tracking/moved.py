"""A store in a folder that was moved or copied: MLflow keeps absolute places of files, which are then the old ones.

Runs and networks would be without their files in the new place, and what is recorded there would be written into the
old one. So the places are written anew, in one transaction, before anything else is done with the store.
"""

import contextlib
import logging
import sqlite3
from pathlib import Path

log = logging.getLogger("la2ds")
WAIT_S = 60  # for whoever writes just now
# Where MLflow keeps places of files.
COLUMNS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)


def follow_move(uri: str, store: Path) -> None:
    """Point the files of a store to the folder it lies in, if it came from another.

    Args:
        uri: of the store; another than the SQLite file in ``store`` is somebody else's and left alone.
        store: folder of the SQLite file and of ``artifacts``.
    """
    file = store / "mlflow.db"
    if not file.is_file() or Path(uri.removeprefix("sqlite:///")).resolve() != file.resolve():
        return
    here = store.resolve().as_uri()
    with contextlib.closing(sqlite3.connect(file, timeout=WAIT_S)) as database, database:
        for old in _old_places(database, here):
            for table, column in COLUMNS:
                if column in [row[1] for row in database.execute(f"PRAGMA table_info({table})")]:
                    change = f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?"
                    begin = f"{old}/artifacts/"
                    database.execute(change, (f"{here}/artifacts/", len(begin) + 1, len(begin), begin))
            log.info("MLflow's files have moved from %s to %s, and are looked for there", old, here)


def _old_places(database: sqlite3.Connection, here: str) -> list[str]:
    """List the folders where the store's experiments were made, this one apart."""
    if not database.execute("PRAGMA table_info(experiments)").fetchall():
        return []
    rows = database.execute("SELECT name, artifact_location FROM experiments").fetchall()
    own = [str(place).removesuffix(f"/artifacts/{name}") for name, place in rows if f"/artifacts/{name}" in str(place)]
    return sorted({place for place in own if place != here})
