"""Ways to break a file that only its format's own writer can make."""

import io
import pickle
import random
import sqlite3
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from scipy.io import savemat

from tests.fuzz.mutate import mutate_bytes, mutate_json, mutate_table, mutate_tree
from tests.fuzz.samples import MAT, dumped


def mutate_yaml(rng: random.Random, content: bytes) -> bytes:
    tree = mutate_tree(rng, yaml.safe_load(content))
    return dumped(tree) if rng.random() < 0.5 and len(str(tree)) < 10_000 else mutate_bytes(rng, content)


def mutate_parquet(rng: random.Random, content: bytes) -> bytes:
    if rng.random() < 0.2:
        return mutate_bytes(rng, content)
    sink = io.BytesIO()
    try:
        pq.write_table(mutate_table(rng, pq.read_table(io.BytesIO(content))), sink)
    except pa.ArrowException:  # such as a struct of nothing, which no file can hold
        return mutate_bytes(rng, content)
    return sink.getvalue()


def mutate_npy(rng: random.Random, content: bytes) -> bytes:
    if rng.random() < 0.3:
        return mutate_bytes(rng, content)
    tree = np.load(io.BytesIO(content), allow_pickle=True)
    sink = io.BytesIO()
    np.save(
        sink, np.array(mutate_tree(rng, tree.item() if tree.shape == () else tree), dtype=object), allow_pickle=True
    )
    return sink.getvalue()


def mutate_pickle(rng: random.Random, content: bytes) -> bytes:
    return mutate_bytes(rng, content) if rng.random() < 0.4 else pickle.dumps(mutate_tree(rng, pickle.loads(content)))


def mutate_mat(rng: random.Random, content: bytes) -> bytes:
    if rng.random() < 0.4:
        return mutate_bytes(rng, content)
    sink, fields = io.BytesIO(), dict(MAT)
    name = rng.choice(sorted(fields))
    fields[name] = (
        mutate_tree(rng, fields[name]) if isinstance(fields[name], np.ndarray) else rng.choice([1, "x", -1.5])
    )
    try:
        savemat(sink, fields)
    except Exception:
        return content
    return sink.getvalue()


def mutate_database(rng: random.Random, content: bytes) -> bytes:
    if rng.random() < 0.5:
        return mutate_bytes(rng, content)
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(content)
        with sqlite3.connect(file.name) as database:
            table, column = rng.choice(
                [("videos", "nframes"), ("videos", "video_path"), ("annotations", "starting_frame")]
            )
            odd = rng.choice([None, -1, 2**40, "x", b"\xff", 1.5, ""])
            database.execute(f"UPDATE {table} SET {column} = ?", (odd,))
        database.close()
        return Path(file.name).read_bytes()


def mutate_weights(rng: random.Random, content: bytes) -> bytes:
    """Break the header, which says everything."""
    size = int.from_bytes(content[:8], "little")
    header = mutate_json(rng, content[8 : 8 + size]) if rng.random() < 0.7 else mutate_bytes(rng, content[: 8 + size])
    return len(header).to_bytes(8, "little") + header + content[8 + size :]
