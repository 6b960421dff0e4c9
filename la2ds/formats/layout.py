"""Where results lie."""

import re
from pathlib import Path

from la2ds.config import DAMAGED
from la2ds.errors import InputError

PATH = re.compile(
    rf"(?:^|/)(?P<dataset>[a-z0-9_]+)/(?:metrics/(?P<protocol>[a-z0-9_]+)|{DAMAGED})"
    r"/(?P<method>[a-z0-9_]+)/(?P<action>[a-z0-9_]+)/seed(?P<seed>[0-9]+)\.csv$"
)


def parse_path(path: str) -> dict[str, str]:
    """Read dataset, protocol, method, action and seed from a path.

    Raises:
        InputError: if the path is not of the form ``{dataset}/metrics/{protocol}/{method}/{action}/seed{seed}.csv``.
    """
    match = PATH.search(Path(path).as_posix())
    if match is None:
        form = "a path ending in {dataset}/metrics/{protocol}/{method}/{action}/seed{seed}.csv"
        raise InputError(path, expected=form, found="another one")
    keys = match.groupdict()
    return keys | {"protocol": keys["protocol"] or DAMAGED}
