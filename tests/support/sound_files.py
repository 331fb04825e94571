"""Sound files of every format that is read: small real ones, and ones made after the published formats."""

import gzip
import io
import re
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from oxygen_recon.observations import catalog
from qc.readers.delimited.description import TableSpec
from tests.support import wod_writer
from tests.support.archive_files.cchdo_netcdf import write_cf, write_coards
from tests.support.archive_files.odv_netcdf import write_odv_netcdf
from tests.support.archive_files.odv_text import GEOTRACES, SEADATANET
from tests.support.archive_files.seaglider import write_dive
from tests.support.archive_files.woce_text import write_bottles
from tests.support.archive_files.wod_netcdf import write_ragged


@dataclass(frozen=True)
class Seed:
    """A sound file: its format, name, bytes, description, and the other files in its folder."""

    format: str
    name: str
    data: bytes
    spec: TableSpec | None = None
    companions: dict[str, bytes] = field(default_factory=dict)


def made() -> Iterator[Seed]:
    """Yield files made after the published formats, one of each format that `tests.support.archive_files` can write."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made.nc")
        for name, write in {
            "cchdo_cf": write_cf,
            "woce_netcdf": write_coards,
            "geotraces": write_odv_netcdf,
            "seaglider": lambda path: write_dive(path, "aanderaa4330_dissolved_oxygen"),
            "wod": lambda path: write_ragged(path, [250.0] * 5),
        }.items():
            path.unlink(missing_ok=True)
            write(path)
            yield Seed(name, path.name, path.read_bytes())
        text = write_bottles(Path(folder, "p01why.txt")).read_bytes()
        yield Seed("woce_text", "p01why.txt", text, companions={"p01wsu.txt": Path(folder, "p01wsu.txt").read_bytes()})
    for name, text_of in (("SEADATANET", SEADATANET), ("GEOTRACES", GEOTRACES)):
        yield Seed("odv", f"{name}.txt", text_of.replace("|", "\t").encode())
    value = ((675, 2), 0, 0)
    cast = wod_writer.Cast(7, [1, 2, 3], [(((d, 0), 0, 0), [value, ((3500, 2), 0, 0), value]) for d in (0, 10, 20)])
    yield Seed("wod_ascii", "made.dat", wod_writer.file([cast, cast]))


def made_as(name: str) -> Seed:
    """Return the first made file of a format."""
    return next(seed for seed in made() if seed.format == name)


def real(data_root: Path) -> Iterator[Seed]:
    """Yield small real files of the collection, long texts shortened to their first lines."""
    root = data_root / "observations"
    for archive, name, member, lines in (
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
        yield Seed(archive, Path(name).name.removesuffix(".gz"), _short(_plain(root / name, member), lines))
    folder = root / "cchdo" / "libcchdo_samples"
    companions = {"p01w_1999asu.txt": (folder / "summary_woce__p01w_1999asu.txt").read_bytes()}
    text = _short((folder / "bottle_woce__p01w_1999ahy.txt").read_bytes(), 80)
    yield Seed("woce_text", "p01w_1999ahy.txt", text, companions=companions)
    for name, entry in catalog.load().entries.items():
        path = next((path for pattern in entry.files for path in sorted(data_root.glob(pattern))), None)
        if entry.table is None or path is None:
            continue
        companions = {}
        if entry.table.join:
            companions = {entry.table.join.file: _plain(path.parent / entry.table.join.file)}
        yield Seed(f"table {name}", path.name.removesuffix(".gz"), _short(_plain(path), 40), entry.table, companions)


def _plain(path: Path, member: str = "") -> bytes:
    """Return the bytes of a file or of a member of a bundle, without compression."""
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
    """Return the first lines; all of them if `lines` is 0."""
    return b"".join(raw.splitlines(keepends=True)[:lines]) if lines else raw
