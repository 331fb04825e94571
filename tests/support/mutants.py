"""Damaged archive files: kinds of damage, reproducible by a number, and the result of reading a damaged file."""

import gzip
import io
import re
import struct
import tarfile
import traceback
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from qc.errors import InputError
from qc.readers.registry import read
from qc.table import schema
from tests.support.mutant_arrays import matlab, netcdf
from tests.support.sound_files import Seed

WORDS = ("NaN", "nan", "inf", "-inf", "1e308", "-1e38", "99999999999999999999", "", "abc", "-", "0", "1,5", "\x00", "é")
NOT_MADE = (RuntimeError, LookupError, AttributeError, TypeError)  # the library refuses to write it
Random = np.random.Generator


def mutate(seed: Seed, rng: Random) -> tuple[str, str, bytes]:
    """Damage a file.

    Returns
    -------
    damage, name, data
        Kinds of damage, the new name, the new bytes.
    """
    kinds = dict(BYTES)
    if seed.data[:4] in (b"CDF\x01", b"CDF\x02", b"\x89HDF"):
        kinds |= {**NETCDF, **{f"{name} again": change for name, change in NETCDF.items()}}
    elif seed.data[:4] == b"MATL":
        kinds["matlab"] = matlab
    else:
        kinds |= {**TEXT, **{f"{name} again": change for name, change in TEXT.items()}}
    kind = str(rng.choice(list(kinds)))
    data, done = kinds[kind](seed.data, rng), [kind.removesuffix(" again")]
    if rng.random() < 0.15:
        data, done = BYTES["overwrite"](data, rng), [*done, "overwrite"]
    if rng.random() < 0.2:
        wrap = str(rng.choice(list(WRAPS)))
        data, done = WRAPS[wrap](data, rng), [*done, wrap]
        if rng.random() < 0.4:
            cut = str(rng.choice(["truncate", "overwrite", "zeros"]))
            data, done = BYTES[cut](data, rng), [*done, cut]
    ending = str(rng.choice([".csv", ".nc", ".gz", ".zip", ".txt", ""])) if rng.random() < 0.1 else ""
    return " + ".join(done), seed.name + ending, data


def _at(data: bytes, rng: Random) -> int:
    """Choose a position, half the time in the header."""
    end = min(len(data), 2048) if rng.random() < 0.5 else len(data)
    return int(rng.integers(0, max(end, 1)))


def _truncate(data: bytes, rng: Random) -> bytes:
    return data[: _at(data, rng)]


def _overwrite(data: bytes, rng: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(int(rng.choice([1, 1, 2, 5, 30]))):
        at = _at(data, rng)
        if rng.random() < 0.5:
            changed[at : at + 1] = bytes([int(rng.integers(0, 256))])
        elif at < len(changed):
            changed[at] ^= 1 << int(rng.integers(0, 8))
    return bytes(changed)


def _word(data: bytes, rng: Random) -> bytes:
    """Overwrite four bytes, aligned, by a number that a length or count may hold."""
    at = _at(data, rng) // 4 * 4
    value = int(rng.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x10000000, len(data)]))
    return data[:at] + struct.pack(str(rng.choice([">I", "<I"])), value) + data[at + 4 :]


def _zeros(data: bytes, rng: Random) -> bytes:
    at = _at(data, rng)
    return data[:at] + bytes(int(rng.integers(1, 9))) + data[at:]


def _drop_bytes(data: bytes, rng: Random) -> bytes:
    at = _at(data, rng)
    return data[:at] + data[at + int(rng.integers(1, 600)) :]


def _repeat_bytes(data: bytes, rng: Random) -> bytes:
    at, n = _at(data, rng), int(rng.integers(1, 600))
    return data[: at + n] + data[at:]


def _encode(data: bytes, rng: Random) -> bytes:
    text = data.decode("latin-1")
    return [
        lambda: text.encode("utf-16"),
        lambda: text.encode("utf-16-be"),
        lambda: b"\xef\xbb\xbf" + data,
        lambda: text.replace(" ", "\xa0", 3).encode("latin-1"),
        lambda: text.encode("utf-8") + "é°µ\u2028".encode(),
    ][int(rng.integers(5))]()


def _ends(data: bytes, rng: Random) -> bytes:
    ends = [b"\n", b"\r\n", b"\r", b"\n\r", b"\n\n", b"", b"\x0c\n", b"\x1a"]
    return re.sub(rb"\r?\n", ends[int(rng.integers(len(ends)))], data)


def _lines(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(keepends=True) or [b""]
    a, b = (int(rng.integers(min(len(lines), 12 if rng.random() < 0.5 else len(lines)))) for _ in range(2))
    kind = int(rng.integers(4))
    if kind == 0:
        del lines[a : a + int(rng.choice([1, 1, 3, 1000]))]
    elif kind == 1:
        lines.insert(b, lines[a])
    elif kind == 2:
        lines[a], lines[b] = lines[b], lines[a]
    else:
        lines.insert(a, bytes(rng.integers(32, 127, 40).astype(np.uint8)) + b"\n")
    return b"".join(lines)


def _columns(data: bytes, rng: Random) -> bytes:
    """Drop, repeat or swap columns, of all lines or of one."""
    mark = max((b",", b"\t", b"|"), key=data.count)
    lines = data.split(b"\n")
    n = max(line.count(mark) for line in lines[:20]) + 1
    a, b, kind = int(rng.integers(n)), int(rng.integers(n)), int(rng.integers(3))
    only = int(rng.integers(len(lines))) if rng.random() < 0.3 else None
    for i, line in enumerate(lines):
        cells = line.split(mark)
        if (only is None or i == only) and len(cells) > max(a, b):
            if kind == 0:
                del cells[a]
            elif kind == 1:
                cells.insert(b, cells[a])
            else:
                cells[a], cells[b] = cells[b], cells[a]
            lines[i] = mark.join(cells)
    return b"\n".join(lines)


def _words(data: bytes, rng: Random) -> bytes:
    """Put odd words in place of numbers, of the same width half of the time."""
    numbers = list(re.finditer(rb"[-+]?\d[\d.]*", data))
    changed = bytearray(data)
    for i in sorted(rng.integers(len(numbers), size=int(rng.choice([1, 1, 5, 50]))), reverse=True) if numbers else []:
        word = str(rng.choice(WORDS)).encode()
        found = numbers[i]
        width = found.end() - found.start()
        changed[found.start() : found.end()] = word.rjust(width)[:width] if rng.random() < 0.5 else word
    return bytes(changed)


def _dates(data: bytes, rng: Random) -> bytes:
    year = str(rng.choice(["0000", "9999", "    ", "-001", "1e09"])).encode()
    return re.sub(rb"(?:19|20)\d\d", year, data, count=int(rng.choice([0, 1, 5])))


def _gzip(data: bytes, _: Random) -> bytes:
    return gzip.compress(data, 1)


def _zip(data: bytes, rng: Random) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name in rng.choice(["README", "a/b_hy1.csv", "é\n.nc", "c.nc", "ct1.csv"], size=2, replace=False):
            bundle.writestr(str(name), data if name != "README" else b"hello")
    return file.getvalue()


def _tar(data: bytes, rng: Random) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=int(rng.integers(3))) as bundle:
        for name in ("x/a.nc", "x/b.csv")[: int(rng.integers(1, 3))]:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            bundle.addfile(info, io.BytesIO(data))
    return file.getvalue()


def _bare_deflate(data: bytes, _: Random) -> bytes:
    return zlib.compress(data)


def _nested(data: bytes, rng: Random) -> bytes:
    for _ in range(int(rng.integers(2, 7))):
        data = WRAPS[str(rng.choice(["gzip", "zip", "tar"]))](data, rng)
    return data


Damage = Callable[[bytes, Random], bytes]
BYTES: dict[str, Damage] = {
    "truncate": _truncate,
    "overwrite": _overwrite,
    "word": _word,
    "zeros": _zeros,
    "drop bytes": _drop_bytes,
    "repeat bytes": _repeat_bytes,
    "encode": _encode,
}
TEXT: dict[str, Damage] = {"ends": _ends, "lines": _lines, "columns": _columns, "words": _words, "dates": _dates}
NETCDF: dict[str, Damage] = {"netcdf": netcdf, "netcdf more": netcdf}
WRAPS: dict[str, Damage] = {"gzip": _gzip, "zip": _zip, "tar": _tar, "deflate": _bare_deflate, "nested": _nested}


def result_of(folder: Path, seed: Seed, name: str, data: bytes) -> str:
    """Read a damaged file; return "read", "refused", or a description that begins with "fault"."""
    path = folder / name
    path.write_bytes(data)
    for other, content in seed.companions.items():
        (folder / other).write_bytes(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            table = read(path, seed.spec, refused=[])
        schema.check(table, name)
        table.validate(full=True)
        impossible = np.abs(np.nan_to_num(table["latitude"].to_numpy())) > 90
        return "fault: a latitude beyond 90" if impossible.any() else "read"
    except InputError as error:
        line = str(error)
        named = any(file in line for file in (name, *seed.companions))
        return (
            "refused"
            if named and line.isprintable()
            else f"fault: no printable line that names the file: {line[:300]!r}"
        )
    except Exception as error:
        calls = [call for call in traceback.extract_tb(error.__traceback__) if "/qc/readers/" in call.filename]
        where = f"{Path(calls[-1].filename).name}:{calls[-1].lineno}" if calls else "?"
        return f"fault: {type(error).__name__} at {where}: {' '.join(str(error).split())[:150]}"
    finally:
        path.unlink(missing_ok=True)


def rng(seed: Seed, number: int) -> Random:
    """Return the random numbers of one damaged file."""
    return np.random.default_rng([zlib.crc32(f"{seed.format} {seed.name}".encode()), number])
