"""Ways to break a file: its bytes, the values of a tree (JSON, YAML, pickles), the columns of a table."""

import json
import random
import re
from typing import Any

import numpy as np
import pyarrow as pa

HOSTILE: list[Any] = [0, -1, 1, 2**31, 2**63, 10**30, 10**400, 1e30, -1e308, 5e-324, float("nan"), float("inf")]
HOSTILE += [True, False, None, "", "a", "\n", "é\0", "../x", "9" * 5000, "x" * 100_000, [], {}, [[]], [None], {"a": 1}]
TOKENS = [b"9" * 20, b"9" * 5000, b"-1", b"nan", b"inf", b"1e999", b"[]", b"{}", b"null", b"true", b"\xff\xfe", b"\0"]
TOKENS += [b"\r", b"\n", b"\n\n", b",", b";", b"\t", b'"', b"'", b":", b" ", b"&a", b"*a", b"!!x", b"[" * 3000, b"\x80"]


def mutate_bytes(rng: random.Random, content: bytes) -> bytes:
    """Change a few places."""
    for _ in range(rng.choice((1, 1, 1, 2, 5, 20))):
        n, at = len(content), rng.randrange(len(content) + 1)
        to = min(n, at + rng.choice((1, 2, 4, 8, 100, n)))
        piece = rng.choice((rng.choice(TOKENS), rng.randbytes(rng.choice((1, 4, 8))), content[at:to], b""))
        content = content[:at] + piece + content[rng.choice((at, to, min(n, at + len(piece)))) :]
        if numbers := list(re.finditer(rb"\d+", content)) if rng.random() < 0.3 else []:
            found = rng.choice(numbers)
            content = content[: found.start()] + rng.choice(TOKENS[:8]) + content[found.end() :]
    return content


def mutate_tree(rng: random.Random, tree: Any) -> Any:
    """Replace, drop, double or rename something in nested lists and dicts."""
    if isinstance(tree, np.ndarray):
        return _mutate_array(rng, tree)
    if not isinstance(tree, dict | list | tuple) or not tree or rng.random() < 0.05:
        return rng.choice(HOSTILE)
    items = list(tree.items()) if isinstance(tree, dict) else list(enumerate(tree))
    place = rng.randrange(len(items))
    key, value = items[place]
    change = rng.random()
    if change < 0.1:
        del items[place]
    elif change < 0.15:
        items.append((f"{key}x", value))
    elif change < 0.2:
        items[place] = (rng.choice(["", "x", 3, None]), value)
    else:
        items[place] = (key, mutate_tree(rng, value))
    return dict(items) if isinstance(tree, dict) else [v for _, v in items]


def _mutate_array(rng: random.Random, array: np.ndarray) -> Any:
    odd = rng.choice([np.nan, np.inf, -1, 0, 1e30, 1e300, 40_000, 2**40])
    changes = [
        lambda: array[: len(array) // 2] if array.ndim else array,
        lambda: array.astype(rng.choice([np.float16, np.int8, np.uint64, np.complex64, "U8", object])),
        lambda: array.reshape(-1),
        lambda: array[None],
        lambda: np.where(np.random.default_rng(rng.randrange(99)).random(array.shape) < 0.2, odd, array),
        lambda: array.tolist(),
        lambda: np.empty((0, *array.shape[1:]), array.dtype) if array.ndim else array,
        lambda: rng.choice(HOSTILE),
    ]
    try:
        return rng.choice(changes)()
    except (TypeError, ValueError):
        return array


def mutate_json(rng: random.Random, content: bytes) -> bytes:
    """Change a value of a JSON file, or its bytes."""
    if rng.random() < 0.5:
        return mutate_bytes(rng, content)
    tree = json.loads(content)
    for _ in range(rng.choice((1, 1, 2, 4))):
        tree = mutate_tree(rng, tree)
    # Python writes numbers of more than 4,300 digits no more than it reads them.
    return json.dumps(tree, default=str).encode()


def mutate_table(rng: random.Random, table: pa.Table) -> pa.Table:
    """Drop, rename, retype or change a column, or an entry of the metadata."""
    for _ in range(rng.choice((1, 1, 2))):
        metadata = dict(table.schema.metadata or {})
        if not table.num_columns or (metadata and rng.random() < 0.4):
            key = rng.choice(sorted(metadata) or [b"x"])
            odd = rng.choice(
                [b"", b"x", b"-1", b"9" * 30, b"\xff", b"nan", b"[]", b"{}", b"null", b"body99", b"coco17", b"1e9"]
            )
            metadata = {k: v for k, v in metadata.items() if k != key} | ({key: odd} if rng.random() < 0.8 else {})
            table = table.replace_schema_metadata(metadata)
            continue
        place = rng.randrange(table.num_columns)
        name, column = table.column_names[place], table.column(place)
        values = column.to_pylist()
        change = rng.random()
        try:
            if change < 0.15:
                table = table.remove_column(place)
            elif change < 0.25:
                table = table.rename_columns(["x" if n == place else c for n, c in enumerate(table.column_names)])
            elif change < 0.35:
                table = table.slice(rng.randrange(table.num_rows + 1))
            elif change < 0.5:
                table = table.set_column(place, name, pa.array([rng.choice(HOSTILE[:12])] * table.num_rows))
            elif change < 0.65:
                kinds = [pa.string(), pa.int8(), pa.float16(), pa.float64(), pa.large_string(), pa.uint64()]
                table = table.set_column(place, name, column.cast(rng.choice(kinds), safe=False))
            else:
                for _ in range(rng.choice((1, 3))):
                    at = rng.randrange(len(values))
                    values[at] = rng.choice([None, mutate_tree(rng, values[at]), values[rng.randrange(len(values))]])
                table = table.set_column(place, name, pa.array(values, type=rng.choice([column.type, None])))
        except (pa.ArrowException, OverflowError, ValueError, TypeError):
            continue  # no such table can be made
    return table
