"""Time, memory and storage of ingestion and quality control by size of the collection.

    python experiments/benchmarks/scale.py /tmp/scale --files 1 10 100 --workers 1

The files are native World Ocean Database files of a twin ocean, which is made first. Each copy is moved by some
degrees and days and its oxygen by some umol/kg, cast by cast, so that copies are different casts in the same oceans.
Each measurement is a process of its own, on a folder of its own; memory is the peak of that process and of its largest
worker. Prints a Markdown table, and an extrapolation to six billion levels.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import netCDF4
import numpy as np
import pyarrow.parquet as pq
from rich.console import Console

from oxygen_recon.observations import collection, discover, parts, quality, quality_run
from oxygen_recon.runtime.parallel import Pool
from oxygen_recon.sources import twin
from qc.battery import battery
from qc.physics.bathymetry import Relief

BASE = ("wod_osd_1990s.nc", "wod_ctd_1990s.nc")


def make(folder: Path, casts: int, files: int) -> None:
    """Make the twin ocean and a number of perturbed copies of its files, if they do not exist yet."""
    if not (folder / "twin").exists():
        years = {"start": 1990, "end": 1999, "climate_model": False, "resolution": 10.0}
        twin.make(twin.TwinConfig(seed=1, casts=casts, **years), folder / "twin")
    for number in range(files):
        target = folder / "files" / f"wod_{number:05d}.nc"
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            source = folder / "twin" / "archives" / BASE[number % len(BASE)]
            partial = target.with_suffix(".partial")
            partial.write_bytes(source.read_bytes())
            perturb(partial, number)
            partial.replace(target)


def perturb(path: Path, seed: int) -> None:
    """Move a file's casts in position, time and oxygen, and rename them."""
    rng = np.random.default_rng(seed)
    with netCDF4.Dataset(path, "r+") as file:
        file.set_auto_mask(False)
        casts = file.dimensions["casts"].size
        file["wod_unique_cast"][:] = np.arange(casts) + 1_000_000 * (seed + 1)
        file["lat"][:] = np.clip(file["lat"][:] + rng.normal(0, 0.5, casts), -89, 89)
        file["lon"][:] = (file["lon"][:] + rng.normal(0, 2, casts) + 180) % 360 - 180
        file["time"][:] = file["time"][:] + rng.uniform(-300, 300, casts)
        size = np.asarray(file["Oxygen_row_size"][:], float)
        oxygen = file["Oxygen"][:]
        shift = np.repeat(rng.normal(0, 3, casts), np.where(size > 0, size, 0).astype(int))
        file["Oxygen"][:] = np.where(oxygen > 20, oxygen + shift, oxygen)


def one(verb: str, folder: Path, files: int, workers: int) -> None:
    """Do one measurement and print it as JSON."""
    out, relief = folder / f"out-{files}-{workers}", Relief(folder / "twin" / "relief.nc")
    console = Console(quiet=True)
    started = time.monotonic()
    if verb == "ingest":
        named = [str(path) for path in sorted((folder / "files").glob("*.nc"))[:files]]
        collection.ingest(discover.find(named), out, Pool(workers), console)
    elif verb == "qc":
        quality.run(out, out / "qc", battery.load_battery(), relief, Pool(workers), console)
    else:  # the part of qc that is not spread over workers, once more, on its own
        keys = sorted({row.part for row in collection.rows_of(out) if row.state == collection.READ})
        this = quality_run.QualityRun(
            out / "parts", out / "qc", battery.load_battery(), relief, np.datetime64("now", "ms")
        )
        quality_run.cross_profile_tests(this, keys)
    seconds = time.monotonic() - started
    home = out / "parts" if verb == "ingest" else out / "qc" / "parts"
    levels = sum(parts.footer(path).levels for path in home.glob("*.parquet"))
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    beside = () if verb == "ingest" else ("casts", "signatures", "profile_tests")
    stored = {name: sum(f.stat().st_size for f in (home.parent / name).iterdir()) for name in ("parts", *beside)}
    casts = sum(pq.read_metadata(path).num_rows for path in (out / "qc" / "casts").glob("*.parquet"))
    result = {
        "levels": levels,
        "casts": casts,
        "seconds": seconds,
        "cpu": sum(u.ru_utime + u.ru_stime for u in used),
        "memory": [u.ru_maxrss / 1024 for u in used],
        "bytes": stored["parts"],
        "beside": sum(stored.values()) - stored["parts"],
    }
    print(json.dumps(result))


def measure(folder: Path, sizes: list[int], workers: int) -> None:
    """Measure all sizes, and print the table and the extrapolation."""
    print(
        "| files | levels | casts | verb | s | CPU s | levels/s/core | MiB here | MiB in a worker | bytes/level "
        "| beside |\n|---|---|---|---|---|---|---|---|---|---|---|"
    )
    found = {}
    for files in sizes:
        for verb in ("ingest", "qc", "cross_profile"):
            words = [sys.executable, __file__, str(folder), "--one", verb, "--files", str(files)]
            done = subprocess.run([*words, "--workers", str(workers)], capture_output=True, text=True, check=True)
            m = found[files, verb] = json.loads(done.stdout.strip().split("\n")[-1])
            n = m["levels"]
            print(
                f"| {files} | {n:,} | {m['casts']:,} | {verb} | {m['seconds']:.1f} | {m['cpu']:.1f} "
                f"| {n / m['cpu']:,.0f} | {m['memory'][0]:.0f} "
                f"| {m['memory'][1]:.0f} | {m['bytes'] / n:.1f} | {m['beside'] / n:.1f} |",
                flush=True,
            )
    if len(sizes) > 1:
        plan(found, sizes[0], sizes[-1])


def plan(found: dict[tuple[int, str], dict], small: int, large: int, cores: int = 64, length: int = 300) -> None:
    """Print the cost of six billion levels, from the differences between the smallest and the largest size."""

    def slope(verb: str, what: str, by: str) -> float:
        a, b = found[small, verb], found[large, verb]
        x, y = (m[what][0] if what == "memory" else m[what] for m in (a, b))
        return (y - x) / (b[by] - a[by])

    levels = 6e9
    casts = levels / length
    single = slope("cross_profile", "cpu", "casts")
    spread = slope("qc", "cpu", "levels") - single * found[large, "qc"]["casts"] / found[large, "qc"]["levels"]
    last = found[large, "qc"]
    stored = levels * (found[large, "ingest"]["bytes"] + last["bytes"] + last["beside"]) / last["levels"] / 1e12
    memory = casts * slope("cross_profile", "memory", "casts") / 1024
    print(
        f"\n{levels:.0e} levels in {casts:.0e} casts, {cores} cores: "
        f"ingest {levels * slope('ingest', 'cpu', 'levels') / cores / 3600:.2f} h, "
        f"qc {levels * spread / cores / 3600:.2f} h and, on one core, {casts * single / 3600:.1f} h of "
        f"cross-profile tests with {memory:.0f} GiB; {stored:.2f} TB stored"
    )


if __name__ == "__main__":
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("folder", type=Path)
    ask.add_argument("--files", type=int, nargs="+", default=[1, 10, 100])
    ask.add_argument("--casts", type=int, default=60_000, help="of the twin's century")
    ask.add_argument("--workers", type=int, default=1)
    ask.add_argument("--one", choices=("ingest", "qc", "cross_profile"))
    given = ask.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.one:
        one(given.one, given.folder, given.files[0], given.workers)
    else:
        make(given.folder, given.casts, max(given.files))
        measure(given.folder, given.files, given.workers)
