"""Downloads that go on where they were cut off, and that are never taken for whole when they are not.

What has arrived lies in ``<name>.part``; beside it ``<name>.part.json`` says of which version of how many bytes, so
that pieces of two versions are never put together.
"""

import http.client
import json
import logging
import re
import sys
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tqdm import tqdm

from la2ds.errors import InputError
from la2ds.formats.files.storage import write_text

log = logging.getLogger(__name__)

TIMEOUT_S = 60
ATTEMPTS = 5
# Of a download; the largest there is has 3.2 GB.
MOST_BYTES = 20 * 10**9
_BLOCK = 1 << 20


@dataclass(frozen=True)
class _Version:
    """What a server says it sends: how many bytes (0 if it does not say), and a mark of the file's version."""

    bytes: int = 0
    tag: str = ""


class _OnlyHttps(urllib.request.HTTPRedirectHandler):
    """Follows redirects to https alone, for whoever answers for plain http could send anything."""

    def redirect_request(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str) -> Any:
        if not (is_safe(newurl) and is_safe(req.full_url)):
            raise InputError(req.full_url, expected="to be sent on to https alone", found=newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def is_safe(url: str) -> bool:
    """Whether nobody on the way can change what an address sends: https, or this machine's own loopback."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"))


def open_url(request: urllib.request.Request | str, *, timeout: float) -> http.client.HTTPResponse:
    """Ask for an address, by https from the first to the last redirect.

    Raises:
        InputError: if it is another kind of address, or leads to one.
        OSError: if there is no connection, or another answer than a file.
    """
    url = request if isinstance(request, str) else request.full_url
    if not is_safe(url):
        raise InputError(url, expected="an address that begins with https://", found="another")
    answer: http.client.HTTPResponse = urllib.request.build_opener(_OnlyHttps).open(request, timeout=timeout)
    return answer


class _Cut(Exception):
    """The connection ended before the file did, or there was none; the message says why."""


def download(url: str, path: Path, *, most: int = MOST_BYTES) -> Path:
    """Get a file, or the rest of it.

    Args:
        url: https.
        path: the file it will be; what arrives is written beside it.
        most: bytes it may have.

    Returns:
        the whole download, still called ``<path>.part``: the caller looks at it before it gets its name, and calls
        ``discard`` if it is something else.

    Raises:
        InputError: if there is no connection, the server has no such file or shows a page instead, or the file does
            not arrive whole or is larger than it may be.
    """
    part = path.with_name(f"{path.name}.part")
    reason = ""
    for _ in range(ATTEMPTS):
        before = _size(part)
        try:
            _continue(url, part, most)
        except _Cut as cut:
            reason = str(cut)
        else:
            return part
        if _size(part) <= before:  # nothing arrives any more
            break
        log.warning("%s: cut off after %s bytes (%s); going on", url, f"{_size(part):,}", reason)
    kept = f"; {_size(part):,} bytes are kept in {part}, and the same command goes on from there" if _size(part) else ""
    raise InputError(url, expected=f"{path.name} whole", found=f"{reason}{kept}")


def forget(part: Path) -> None:
    """Remove what is noted of a download that has its name now."""
    _note(part).unlink(missing_ok=True)


def discard(part: Path) -> None:
    """Remove a download that turned out to be something else, so that the same command asks for it anew."""
    part.unlink(missing_ok=True)
    forget(part)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _known_version(part: Path) -> _Version:
    """Read what was noted of a download under way; an empty version where nothing was."""
    try:
        content = json.loads(_note(part).read_text(encoding="utf-8"))
        return _Version(int(content["bytes"]), str(content["tag"]))
    except (OSError, ValueError, KeyError, TypeError):
        return _Version()


def _continue(url: str, part: Path, most: int) -> None:
    """Ask for what is missing and write it behind what is there.

    Raises:
        _Cut: if it still is not whole.
        InputError: if the server refuses, or sends a page or too much.
    """
    version, have = _known_version(part), _size(part)
    if version.bytes and have == version.bytes:
        return
    request = urllib.request.Request(url, headers={"User-Agent": "la2ds", "Accept-Encoding": "identity"})
    # Without a mark of the version, the rest could be another version's.
    if version.tag and 0 < have < version.bytes:
        request.add_header("Range", f"bytes={have}-")
        request.add_header("If-Range", version.tag)
    with _open(request) as answer:
        start, version = _announced(answer, have)
        _check_announced(answer, version, most)
        if start == 0 and have:
            log.info("%s: the server sends it from the start", url)
        write_text(_note(part), json.dumps(asdict(version)))
        _receive(answer, part, start=start, total=version.bytes, most=most)
    if version.bytes and _size(part) != version.bytes:
        raise _Cut(f"{_size(part):,} of {version.bytes:,} bytes")


def _open(request: urllib.request.Request) -> http.client.HTTPResponse:
    try:
        answer = open_url(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        found = f"HTTP status {error.code} ({error.reason})"
        error.close()
        raise InputError(request.full_url, expected="a file", found=found) from error
    except (OSError, http.client.HTTPException) as error:  # URLError and time-outs derive from OSError
        reason = getattr(error, "reason", error)
        raise _Cut(f"no connection to {urlsplit(request.full_url).netloc} ({reason})") from error
    return answer


def _announced(answer: http.client.HTTPResponse, have: int) -> tuple[int, _Version]:
    """Say from which byte on the server sends, and what."""
    headers = answer.headers
    tag = headers.get("ETag") or headers.get("Last-Modified") or ""
    tag = "" if tag.startswith("W/") else tag  # weak marks are no good for ranges
    if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
        length = headers.get("Content-Length") or ""
        return 0, _Version(int(length) if re.fullmatch(r"[0-9]{1,15}", length) else 0, tag)
    found = headers.get("Content-Range", "")
    match = re.fullmatch(r"bytes ([0-9]{1,15})-[0-9]+/([0-9]{1,15})", found)
    if match is None or int(match[1]) != have:
        raise InputError(answer.url, expected=f"bytes from {have} on", found=f"Content-Range {found!r}")
    return have, _Version(int(match[2]), tag)


def _check_announced(answer: http.client.HTTPResponse, version: _Version, most: int) -> None:
    """Refuse a page, such as one to log in, and what is too large, before a byte of it is kept."""
    if answer.headers.get_content_type() in ("text/html", "application/xhtml+xml"):
        raise InputError(answer.url, expected="a file", found="a page for people, which may ask to log in")
    if version.bytes > most:
        raise InputError(answer.url, expected=f"at most {most:,} bytes", found=f"{version.bytes:,}")


def _receive(answer: http.client.HTTPResponse, part: Path, *, start: int, total: int, most: int) -> None:
    """Write what arrives behind the first ``start`` bytes; an early end is noticed by the caller."""
    every = 1 if sys.stderr.isatty() else 15  # a log gets a line now and then
    bar = tqdm(total=total or None, initial=start, unit="B", unit_scale=True, desc=part.stem, mininterval=every)
    with part.open("ab" if start else "wb") as file, bar:
        while True:
            try:
                block = answer.read(_BLOCK)
            except (OSError, http.client.HTTPException) as error:
                raise _Cut(str(error) or type(error).__name__) from error
            if not block:
                return
            start += len(block)
            if start > most:
                raise InputError(answer.url, expected=f"at most {most:,} bytes", found="more")
            file.write(block)
            bar.update(len(block))
