"""Damaged archive files, seeded: real files and made ones of every form, and the ways in which a file goes wrong."""

import gzip
import io
import re
import struct
import tarfile
import tempfile
import traceback
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import scipy.io
import test_readers_cchdo_netcdf
import test_readers_cchdo_woce
import test_readers_geotraces
import test_readers_odv
import test_readers_seaglider
import test_readers_wod
import wod_writer

from oxygen_recon import catalog
from qc import readers, schema
from qc.errors import InputError
from qc.readers.table_spec import TableSpec

WORDS = ("NaN", "nan", "inf", "-inf", "1e308", "-1e38", "99999999999999999999", "", "abc", "-", "0", "1,5", "\x00", "é")
ODD = (np.nan, np.inf, -np.inf, 1e308, -1e308, 1e19, 9.96921e36, -9999.0, 0.0, -1.0, 361.0, 2.0**31, 255.0)
Random = np.random.Generator


@dataclass(frozen=True)
class Seed:
    """A sound file: the form it is read as, its bytes, its description, and what lies in its folder."""

    form: str
    name: str
    data: bytes
    spec: TableSpec | None = None
    beside: dict[str, bytes] = field(default_factory=dict)


def made() -> Iterator[Seed]:
    """Give files made after the published forms, one of each that the helpers of the other tests write."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made.nc")
        for form, make in {
            "cchdo_cf": test_readers_cchdo_netcdf.cf,
            "woce_netcdf": test_readers_cchdo_netcdf.coards,
            "geotraces": test_readers_geotraces.make,
            "seaglider": lambda path: test_readers_seaglider.make(path, "aanderaa4330_dissolved_oxygen"),
            "wod": lambda path: test_readers_wod.write(path, [250.0] * 5),
        }.items():
            path.unlink(missing_ok=True)
            make(path)
            yield Seed(form, path.name, path.read_bytes())
        text = test_readers_cchdo_woce.hyd(Path(folder, "p01why.txt")).read_bytes()
        yield Seed("woce_text", "p01why.txt", text, beside={"p01wsu.txt": Path(folder, "p01wsu.txt").read_bytes()})
    for name in ("SEADATANET", "GEOTRACES"):
        yield Seed("odv", f"{name}.txt", getattr(test_readers_odv, name).replace("|", "\t").encode())
    value = ((675, 2), 0, 0)
    cast = wod_writer.Cast(7, [1, 2, 3], [(((d, 0), 0, 0), [value, ((3500, 2), 0, 0), value]) for d in (0, 10, 20)])
    yield Seed("wod_ascii", "made.dat", wod_writer.file([cast, cast]))


def real(data_root: Path) -> Iterator[Seed]:
    """Give small real files of the collection, long texts cut to their first lines."""
    root = data_root / "observations"
    for form, name, member, lines in (
        ("wod_ascii", "wod/wodpy__classic.dat", "", 0),
        ("wod_ascii", "wod/wodpy__iquod.dat", "", 0),
        ("wod_ascii", "wod/wodpy__pathological.dat", "", 0),
        ("wod", "wod/wodpy__ocldb1570984477.6279_OSD.nc", "", 0),
        ("wod", "wod/DC_OCEAN_WOD18_TS_samples.tar.gz", r"\.nc$", 0),
        ("argo", "argo/SR2902204_131.nc", "", 0),
        ("argo", "argo/SD5903586_001.nc", "", 0),
        ("argo", "argo/4902481_Sprof.nc", "", 0),
        ("argo", "argo/bgcArgoDMQC_BR_BD_profiles.tar.gz", r"BR[^/]*\.nc$", 0),
        ("argo", "argo/bgcArgoDMQC_BR_BD_profiles.tar.gz", r"BD[^/]*\.nc$", 0),
        ("glodap", "glodap/GLODAP_merged_layout_33MW19930704.csv.gz", "", 60),
        ("glodap", "glodap/29AH20090725.mat", "", 0),
        ("exchange", "cchdo/libcchdo_samples/bottle_exchange__64PE20050907_hy1.csv", "", 0),
        ("exchange", "cchdo/libcchdo_samples/bottle_exchange__a10_33RO20110926_hy1.csv", "", 0),
        ("exchange", "cchdo/libcchdo_samples/i08s_33RR20070204_ct1.zip", r"csv$", 0),
        ("woce_netcdf", "cchdo/pycchdo__example_hy1.nc", "", 0),
        ("woce_netcdf", "cchdo/libcchdo_samples/i08s_33RR20070204_00101_ctd.nc", "", 0),
        ("seaglider", "gliders/p5420306.nc.gz", "", 0),
    ):
        yield Seed(form, Path(name).name.removesuffix(".gz"), _short(_plain(root / name, member), lines))
    folder = root / "cchdo" / "libcchdo_samples"
    beside = {"p01w_1999asu.txt": (folder / "summary_woce__p01w_1999asu.txt").read_bytes()}
    text = _short((folder / "bottle_woce__p01w_1999ahy.txt").read_bytes(), 80)
    yield Seed("woce_text", "p01w_1999ahy.txt", text, beside=beside)
    for name, entry in catalog.load().entries.items():
        path = next((path for pattern in entry.files for path in sorted(data_root.glob(pattern))), None)
        if entry.table is None or path is None:
            continue
        beside = {}
        if entry.table.join:
            beside = {entry.table.join.file: _plain(path.parent / entry.table.join.file)}
        yield Seed(f"table {name}", path.name.removesuffix(".gz"), _short(_plain(path), 40), entry.table, beside)


def _plain(path: Path, member: str = "") -> bytes:
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    if member and raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as bundle:
            return bundle.read(next(name for name in bundle.namelist() if re.search(member, name)))
    if member:
        with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
            return tar.extractfile(next(name for name in sorted(tar.getnames()) if re.search(member, name))).read()  # type: ignore[union-attr]
    return raw


def _short(raw: bytes, lines: int) -> bytes:
    return b"".join(raw.splitlines(keepends=True)[:lines]) if lines else raw


def mutate(seed: Seed, rng: Random) -> tuple[str, str, bytes]:
    """Damage a file.

    Returns
    -------
    way, name, data
        What was done to it, the name it bears now, its bytes.
    """
    ways = dict(BYTES)
    if seed.data[:4] in (b"CDF\x01", b"CDF\x02", b"\x89HDF"):
        ways |= {**NETCDF, **{f"{name} again": way for name, way in NETCDF.items()}}
    elif seed.data[:4] == b"MATL":
        ways["matlab"] = _matlab
    else:
        ways |= {**TEXT, **{f"{name} again": way for name, way in TEXT.items()}}
    way = str(rng.choice(list(ways)))
    data, done = ways[way](seed.data, rng), [way.removesuffix(" again")]
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
    """Choose a place, half the time in the header."""
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


def _netcdf(data: bytes, rng: Random) -> bytes:
    """Write a netCDF file again with something changed in a few of its variables or attributes."""
    change = {name: str(rng.choice(CHANGES)) for name in _chosen(data, rng)}
    with netCDF4.Dataset("seed", memory=data) as old:
        new = netCDF4.Dataset("mutant", "w", format=old.data_model, memory=len(data))
        _copy(old, new, change, rng)
        return bytes(new.close())


CHANGES = (
    "values",
    "values",
    "dropped",
    "renamed",
    "text",
    "attribute",
    "huge attribute",
    "scalar",
    "longer",
    "masked",
)


def _chosen(data: bytes, rng: Random) -> list[str]:
    with netCDF4.Dataset("seed", memory=data) as dataset:
        names = list(dataset.variables)
    known = re.compile(r"lat|lon|time|juld|pres|oxy|row_size|temp|sal|date|^z$|cast|station|var|flag|qc", re.I)
    likely = [name for name in names if known.search(name)] or names
    pool = likely if rng.random() < 0.8 else names
    return [str(name) for name in rng.choice(pool, size=int(rng.choice([1, 1, 2, 4])))]


def _copy(old: Any, new: Any, change: dict[str, str], rng: Random) -> None:
    attributes = {name: old.getncattr(name) for name in old.ncattrs()}
    if rng.random() < 0.1 and attributes:
        attributes[str(rng.choice(list(attributes)))] = rng.choice(["", "x" * 100_000, "\n\n", "é"])
    new.setncatts(attributes)
    empty = str(rng.choice(list(old.dimensions))) if old.dimensions and rng.random() < 0.05 else None
    for name, dimension in old.dimensions.items():
        new.createDimension(name, 0 if name == empty else None if dimension.isunlimited() else dimension.size)
    new.createDimension("odd", 7)
    for name, variable in old.variables.items():
        kind = change.get(name, "")
        if kind == "dropped" or variable.dtype.kind == "V":
            continue
        variable.set_auto_chartostring(False)
        variable.set_auto_maskandscale(False)
        attributes = {key: variable.getncattr(key) for key in variable.ncattrs()}
        fill = attributes.pop("_FillValue", None)
        if "attribute" in kind and attributes:
            key = str(rng.choice(list(attributes)))
            attributes[key] = "x" * 100_000 if "huge" in kind else rng.choice(["", "furlongs since 0", "-1", "\n", "é"])
        dimensions, type_ = variable.dimensions, variable.dtype
        if kind in ("scalar", "longer"):
            dimensions = () if kind == "scalar" else ("odd",)
        if kind == "text":
            type_, fill = "S1", None
        title = f"{name}_" if kind == "renamed" else name
        copy = new.createVariable(title, type_, dimensions, fill_value=fill)
        copy.set_auto_maskandscale(False)
        copy.set_auto_chartostring(False)
        copy.setncatts({key: value for key, value in attributes.items() if not isinstance(value, list)})
        if not kind or kind in ("renamed", "values", "masked") or "attribute" in kind:
            values = variable[:]
            if empty not in dimensions:
                copy[:] = _odd(values, rng, fill) if kind in ("values", "masked") else values


def _odd(values: Any, rng: Random, fill: Any) -> Any:
    array = np.array(values)
    share = float(rng.choice([0.02, 0.3, 1.0]))
    there = rng.random(array.shape) < share
    with np.errstate(all="ignore"):
        if array.dtype.kind in "SUO":
            word = rng.choice(["", "?", "9", "Z", "\xff"])
            return np.where(
                there, np.array(word.encode("latin-1"), array.dtype) if array.dtype.kind == "S" else word, array
            )
        if array.dtype.kind in "iu":
            info = np.iinfo(array.dtype)
            return np.where(there, rng.choice([info.min, info.max, 0, 1]), array).astype(array.dtype)
        return np.where(there, fill if fill is not None and rng.random() < 0.3 else rng.choice(ODD), array).astype(
            array.dtype
        )


def _matlab(data: bytes, rng: Random) -> bytes:
    names = {name: array for name, array in scipy.io.loadmat(io.BytesIO(data)).items() if not name.startswith("__")}
    for name in rng.choice(list(names), size=int(rng.choice([1, 2, 30]))):
        array, kind = names.get(str(name)), int(rng.integers(6))
        if array is None:
            continue
        if kind == 0:
            del names[str(name)]
        else:
            names[str(name)] = [array[:-1], np.array(["text"]), {"a": array}, _odd(array, rng, None), array + 1j][
                kind - 1
            ]
    file = io.BytesIO()
    scipy.io.savemat(file, names, do_compression=bool(rng.integers(2)))
    return file.getvalue()


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


Way = Callable[[bytes, Random], bytes]
BYTES: dict[str, Way] = {
    "truncate": _truncate,
    "overwrite": _overwrite,
    "word": _word,
    "zeros": _zeros,
    "drop bytes": _drop_bytes,
    "repeat bytes": _repeat_bytes,
    "encode": _encode,
}
TEXT: dict[str, Way] = {"ends": _ends, "lines": _lines, "columns": _columns, "words": _words, "dates": _dates}
NETCDF: dict[str, Way] = {"netcdf": _netcdf, "netcdf more": _netcdf}
WRAPS: dict[str, Way] = {"gzip": _gzip, "zip": _zip, "tar": _tar, "deflate": _bare_deflate, "nested": _nested}


def judge(folder: Path, seed: Seed, name: str, data: bytes) -> str:
    """Read a damaged file: "read", "refused", or what went wrong, beginning with "fault"."""
    path = folder / name
    path.write_bytes(data)
    for other, content in seed.beside.items():
        (folder / other).write_bytes(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            table = readers.read(path, seed.spec)
        schema.check(table, name)
        table.validate(full=True)
        nowhere = np.abs(np.nan_to_num(table["latitude"].to_numpy())) > 90
        return "fault: a latitude beyond 90" if nowhere.any() else "read"
    except InputError as error:
        line = str(error)
        named = any(file in line for file in (name, *seed.beside))
        return (
            "refused" if named and line.isprintable() else f"fault: no plain line that names the file: {line[:300]!r}"
        )
    except Exception as error:
        places = [frame for frame in traceback.extract_tb(error.__traceback__) if "/qc/readers/" in frame.filename]
        where = f"{Path(places[-1].filename).name}:{places[-1].lineno}" if places else "?"
        return f"fault: {type(error).__name__} at {where}: {' '.join(str(error).split())[:150]}"
    finally:
        path.unlink(missing_ok=True)


def rng(seed: Seed, number: int) -> Random:
    """Return the random numbers of one damaged file."""
    return np.random.default_rng([zlib.crc32(f"{seed.form} {seed.name}".encode()), number])
