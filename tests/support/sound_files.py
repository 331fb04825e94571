"""Sound files of every form that is read: small real ones, and ones made after the published forms."""

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
from tests.qc.readers import test_geotraces as test_readers_geotraces
from tests.qc.readers import test_odv as test_readers_odv
from tests.qc.readers import test_seaglider as test_readers_seaglider
from tests.qc.readers.cchdo import test_woce_netcdf as test_readers_cchdo_netcdf
from tests.qc.readers.cchdo import test_woce_text as test_readers_cchdo_woce
from tests.qc.readers.wod import test_netcdf as test_readers_wod
from tests.support import wod_writer


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
