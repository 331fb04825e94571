"""Cost of ingestion and quality control of many small files: processor time and files on disk.

    python experiments/benchmarks/small_files.py FOLDER OBSERVATIONS/argo/*_Sprof.nc* --workers 1 2

Each profile of the floats is written to a file of its own, as data centres deliver them; FOLDER is made. With
`--before PYTHON CHECKOUT` the same commands of another version run beside, on the same files. Prints a Markdown table;
processor time is that of the command and of all its workers.
"""

import argparse
import gzip
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import netCDF4
import numpy as np

HERE = (sys.executable, str(Path(__file__).resolve().parents[2]))


def split(path: Path, folder: Path) -> int:
    """Write each profile of a float into a file of its own, its empty levels left out; return how many."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    with netCDF4.Dataset("memory", memory=raw) as whole:
        whole.set_auto_maskandscale(False)
        pressure = whole["PRES"][:]
        count = whole.dimensions["N_PROF"].size
        cycles = whole["CYCLE_NUMBER"][:]
        for row in range(count):
            here = np.flatnonzero(pressure[row] < 90_000)
            name = f"SD{path.name.split('_')[0]}_{int(cycles[row]):03d}_{row}.nc"
            with netCDF4.Dataset(folder / name, "w", format="NETCDF3_CLASSIC") as one:
                write_profile(whole, one, row, max(1, here.max(initial=0) + 1))
    return count


def write_profile(whole: netCDF4.Dataset, one: netCDF4.Dataset, row: int, levels: int) -> None:
    """Write one profile of a float."""
    sizes = {"N_PROF": 1, "N_LEVELS": int(levels)}
    for name, dimension in whole.dimensions.items():
        one.createDimension(name, sizes.get(name, dimension.size))
    one.setncatts({name: whole.getncattr(name) for name in whole.ncattrs()})
    for name, variable in whole.variables.items():
        attributes = {key: variable.getncattr(key) for key in variable.ncattrs()}
        fill = attributes.pop("_FillValue", None)
        written = one.createVariable(name, variable.dtype, variable.dimensions, fill_value=fill)
        written.setncatts(attributes)
        written.set_auto_maskandscale(False)
        chosen = {"N_PROF": slice(row, row + 1), "N_LEVELS": slice(0, levels)}
        written[:] = variable[tuple(chosen.get(dimension, slice(None)) for dimension in variable.dimensions)]


def timed(words: list[str], checkout: str) -> tuple[float, float]:
    """Run a command; return its processor time, s, with all its processes, and its duration, s."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    environment = os.environ | {"PYTHONPATH": checkout}
    subprocess.run(words, check=True, capture_output=True, env=environment, cwd=checkout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.monotonic() - started


def measure(folder: Path, label: str, python: str, checkout: str, workers: int) -> None:
    """Ingest and flag the files with one version, and print the rows of the table."""
    files, out = len(list((folder / "files").iterdir())), folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    tool = [python, "-c", "from oxygen_recon.cli import main; main()"]
    commands = {
        "ingest": [*tool, "ingest", str(folder / "files"), "--out", str(out), "--workers", str(workers)],
        "qc": [*tool, "qc", str(out), "--no-page", "--workers", str(workers)],
    }
    for verb, words in commands.items():
        cpu, seconds = timed(words, checkout)
        held = [path for path in out.rglob("*") if path.is_file()]
        print(
            f"| {label} | {workers} | {verb} | {files} | {cpu:.1f} | {seconds:.1f} | {1000 * cpu / files:.1f} "
            f"| {len(held):,} | {sum(path.stat().st_size for path in held) / 2**20:.1f} |",
            flush=True,
        )


def main() -> None:
    """Make the files where there are none, and measure."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("folder", type=Path)
    ask.add_argument("floats", type=Path, nargs="*")
    ask.add_argument("--workers", type=int, nargs="+", default=[1])
    ask.add_argument("--before", nargs=2, metavar=("PYTHON", "CHECKOUT"))
    given = ask.parse_args()
    given.folder = given.folder.resolve()  # commands run from their own checkout
    if not (given.folder / "files").exists():
        (given.folder / "files").mkdir(parents=True)
        for path in given.floats:
            split(path, given.folder / "files")
    print(
        "| version | workers | verb | files | CPU s | s | CPU ms a file | files on disk | MiB on disk |\n"
        "|---|--:|---|--:|--:|--:|--:|--:|--:|"
    )
    for workers in given.workers:
        if given.before:
            measure(given.folder, "before", *given.before, workers)
        measure(given.folder, "now", *HERE, workers)


if __name__ == "__main__":
    main()
