"""Download of one file over HTTP that goes on after a break.

An unfinished file is `NAME.part`, with `NAME.part.tag` beside it: the size of the whole file and the version that the
bytes belong to. Without a version from the server (a strong ETag or a date) an unfinished file starts again, since two
versions of a file glued together are worse than none.
"""

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import requests
import urllib3

from oxygen_recon.runtime.files import locked
from qc.errors import InputError

Received = Callable[[int], object]
"""Receives the number of bytes as they arrive; a negative number takes back what must be fetched again."""

_BLOCK = 1 << 16  # bytes read at a time
_TEMPORARY_FAULTS = (408, 425, 429, 500, 502, 503, 504)
_NOT_FOUND = (404, 410)
_local = threading.local()  # sessions must not be shared between threads


class Missing(InputError):
    """The archive has no such file."""


class _Broken(Exception):
    """A failure that may pass; `wait` (s) is what the server requires."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        super().__init__(why)
        self.wait = wait


@dataclass(frozen=True)
class RetryPolicy:
    """Number of tries and the waits between them.

    Parameters
    ----------
    tries : int
        Tries in a row that bring no new byte.
    wait : float
        Seconds before the second try; doubled each time.
    longest : float
        Upper limit of a wait, seconds, whatever the server requires.
    timeout : float
        Seconds of silence after which a connection counts as broken.
    """

    tries: int = 6
    wait: float = 1.0
    longest: float = 60.0
    timeout: float = 30.0


DEFAULT_RETRY = RetryPolicy()


@dataclass(frozen=True)
class Probe:
    """Answer of a server to a question for a file, before its download.

    Parameters
    ----------
    size : int or None
        Bytes; None where the server does not give it.
    exists : bool
        False where the archive has no such file.
    reached : bool
        Whether the server answered at all.
    """

    size: int | None
    exists: bool = True
    reached: bool = True


def probe(url: str, retry: RetryPolicy) -> Probe:
    """Find the size of a file in the archive, in one try.

    Parameters
    ----------
    url : str
        Address.
    retry : RetryPolicy
        Only its `timeout` is used.

    Returns
    -------
    Probe
        Of unknown size where the server does not give it, or cannot be reached now.
    """
    headers = {"Accept-Encoding": "identity"}
    try:
        reply = _session().head(url, allow_redirects=True, timeout=retry.timeout, headers=headers)
    except requests.RequestException:
        return Probe(None, reached=False)
    return Probe(_length(reply) if reply.ok else None, reply.status_code not in _NOT_FOUND)


def complete(url: str, part: Path, retry: RetryPolicy, received: Received, stop: threading.Event) -> None:
    """Download until an unfinished file is whole, while its lock is held (`locked_part`).

    Parameters
    ----------
    url : str
        Address.
    part : Path
        Unfinished file; its bytes are kept if the server still has the same version.
    retry : RetryPolicy
        Only tries that bring no new byte count.
    received : callable
        Receives the number of bytes as they arrive.
    stop : threading.Event
        Set to break off.

    Raises
    ------
    Missing
        If the archive has no such file.
    InputError
        If the download fails for good, or is broken off; the unfinished file stays.
    """
    most, fruitless = size_of(part), 0
    while not stop.is_set():
        try:
            return _stream(url, part, retry, received, stop)
        except (_Broken, requests.RequestException, urllib3.exceptions.HTTPError) as error:
            fruitless = 1 if size_of(part) > most else fruitless + 1
            most = max(most, size_of(part))
            if fruitless >= retry.tries:
                why = " ".join(str(error).split())[:160]
                raise InputError(f"download failed ({why})", url, "fetch again to go on from here") from error
            required = error.wait if isinstance(error, _Broken) else 0.0
            stop.wait(min(retry.longest, max(required, retry.wait * 2 ** (fruitless - 1))))
    raise InputError("stopped", url, "fetch again to go on from here")


def _stream(url: str, part: Path, retry: RetryPolicy, received: Received, stop: threading.Event) -> None:
    """Request the missing bytes once, and write them as they arrive."""
    tag, total = _tag(part)
    have = size_of(part) if tag else 0
    if have and have == total:
        return
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-", "If-Range": tag} if have else {})
    with _reply(url, headers, retry) as reply:
        resumed = reply.status_code == 206
        if reply.status_code == 416 or (resumed and not _is_the_rest(reply, have, total, tag)):
            received(-size_of(part))
            _empty(part)
            raise _Broken(f"answered {reply.status_code}, but not with the rest of the same file from byte {have}")
        if not resumed:
            total = _length(reply)
            received(-size_of(part))
            _empty(part)
            _tag_of(part).write_text(f"{'?' if total is None else total} {_version(reply)}\n", encoding="utf-8")
        with part.open("ab") as file:
            # as it is sent: a .gz that a server declares as an encoding stays a .gz
            for block in reply.raw.stream(_BLOCK, decode_content=False):
                if stop.is_set():
                    raise InputError("stopped", url, "fetch again to go on from here")
                file.write(block)
                received(len(block))
    if total is not None and size_of(part) != total:
        raise _Broken(f"ended after {size_of(part)} of {total} bytes")


@contextmanager
def _reply(url: str, headers: dict[str, str], retry: RetryPolicy) -> Iterator[requests.Response]:
    """Open an address; what is not the file is an exception."""
    with _session().get(url, headers=headers, stream=True, timeout=retry.timeout) as reply:
        if reply.status_code in _NOT_FOUND:
            raise Missing(f"the archive has no such file ({reply.status_code})", url)
        if reply.status_code in _TEMPORARY_FAULTS:
            required = reply.headers.get("Retry-After", "")
            raise _Broken(f"the server answered {reply.status_code}", float(required) if required.isdigit() else 0.0)
        if reply.status_code not in (200, 206, 416):
            raise InputError(f"the server answered {reply.status_code}", url, "does the address want a login?")
        if url.startswith("https:") and not reply.url.startswith("https:"):
            raise InputError("leads on to an address that is not encrypted", url)
        if reply.headers.get("Content-Type", "").startswith("text/html") and not url.endswith((".html", ".htm")):
            raise InputError("is a web page now, not the file", url, "look there for the new address")
        yield reply


def _session() -> requests.Session:
    """Give the session of this thread."""
    if not hasattr(_local, "session"):
        _local.session = requests.Session()
        _local.session.headers["User-Agent"] = f"oxygen-recon/{version('oxygen-recon')}"
    session: requests.Session = _local.session
    return session


def _length(reply: requests.Response) -> int | None:
    """Length of the content, where the server gives it."""
    text = reply.headers.get("Content-Length", "")
    return int(text) if text.isdigit() else None


def _is_the_rest(reply: requests.Response, have: int, total: int | None, tag: str) -> bool:
    """Tell whether a partial answer continues the same version: some servers ignore If-Range."""
    found = re.match(r"bytes (\d+)-\d+/(\d+|\*)", reply.headers.get("Content-Range", ""))  # RFC 9110, 14.4
    if found is None or int(found[1]) != have or _version(reply) != tag:
        return False
    return total is None or found[2] in ("*", str(total))


def _version(reply: requests.Response) -> str:
    """Version of what a server sends; weak tags do not promise the same bytes (RFC 9110, 13.1.5)."""
    strong = str(reply.headers.get("ETag", "")).strip()
    return strong if strong and not strong.startswith("W/") else str(reply.headers.get("Last-Modified", "")).strip()


def size_of(path: Path) -> int:
    """Return the bytes of a file, 0 where there is none.

    Parameters
    ----------
    path : Path
        The file.
    """
    return path.stat().st_size if path.is_file() else 0


def _tag_of(part: Path) -> Path:
    """Name the file that holds the size and the version."""
    return part.with_name(part.name + ".tag")


def _tag(part: Path) -> tuple[str, int | None]:
    """Return version and whole size of an unfinished file; an empty version where it cannot be resumed."""
    if not _tag_of(part).is_file():
        return "", None
    size, _, tag = _tag_of(part).read_text(encoding="utf-8").partition(" ")
    return tag.strip(), int(size) if size.isdigit() else None


def _empty(part: Path) -> None:
    """Start an unfinished file again."""
    _tag_of(part).unlink(missing_ok=True)
    os.truncate(part, 0)


@contextmanager
def locked_part(part: Path, url: str) -> Iterator[None]:
    """Keep a second process from an unfinished file; nothing is left of a download that never got a byte.

    Parameters
    ----------
    part : Path
        Unfinished file; made if there is none. `NAME.part.lock` beside it is the lock.
    url : str
        Address, for the message.

    Raises
    ------
    InputError
        If another fetch is at work on it.
    """
    lock = part.with_name(part.name + ".lock")
    with locked(lock, InputError("another fetch is at work on it", url, "wait until it has ended")):
        try:
            part.touch()
            yield
        finally:
            if size_of(part) == 0 and not _tag_of(part).is_file():
                part.unlink(missing_ok=True)
            with suppress(OSError):  # an open file cannot be removed on Windows
                lock.unlink(missing_ok=True)


def discard(part: Path) -> None:
    """Remove an unfinished file and its tag.

    Parameters
    ----------
    part : Path
        Unfinished file; either may be missing.
    """
    part.unlink(missing_ok=True)
    _tag_of(part).unlink(missing_ok=True)
