"""Speed of reading native ASCII of the World Ocean Database, here and by wodpy, as a Markdown table.

Both read the same files in the same run, best of three: the reader of this project up to the observation table in
umol/kg, wodpy up to its parsed profiles. Values are compared first.

    python experiments/benchmarks/wod_ascii.py [real files ...]
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from qc.readers import registry as readers  # noqa: E402
from tests.support.wod_writer import Cast, file  # noqa: E402

CODES = [1, 2, 3, 4, 6, 8]


def bottle_casts(n: int, levels: int, rng: np.random.Generator) -> list[Cast]:
    """Make casts of 4 to 2 `levels` - 4 levels; a tenth of the values is missing."""
    casts = []
    for number in range(1, n + 1):
        depth = np.sort(rng.integers(0, 5000, rng.integers(4, 2 * levels - 3)))
        depth[0] = 0
        shape = (depth.size, len(CODES))
        integers = rng.integers([-150, 33000, 100, 0, 0, 0], [3000, 37000, 900, 350, 15000, 4500], shape)
        flags = np.where(rng.random(shape) < 0.05, rng.integers(1, 10, shape), 0)
        missing = rng.random(shape) < 0.1
        rows = [
            (
                ((int(z), 0), 0, 0),
                [
                    (None if gone else (int(value), precision), int(flag), 0)
                    for value, precision, flag, gone in zip(row, (2, 3, 2, 2, 2, 2), flag_row, gone_row)
                ],
            )
            for z, row, flag_row, gone_row in zip(depth, integers, flags, missing)
        ]
        header = {"secondary": [(1, (9500110, 0)), (3, (1427, 0)), (29, (7, 0))], "metadata": [(8, (29, 0))]}
        place = {"latitude": (int(rng.integers(-7000, 7000)), 2), "longitude": (int(rng.integers(-18000, 18000)), 2)}
        casts.append(Cast(number, CODES, rows, characters="STOCS85A", **header, **place))
    return casts


def with_wodpy(path: Path) -> tuple[int, np.ndarray]:
    """Parse every profile; return the number of levels, and the profiles for comparison."""
    from wodpy.wod import WodProfile

    profiles = []
    with path.open() as stream:
        size = os.fstat(stream.fileno()).st_size
        while stream.tell() < size:
            profiles.append(WodProfile(stream))
    return sum(profile.n_levels() for profile in profiles), np.array(profiles, object)


def best(*works: Callable[[], object], times: int = 3) -> list[float]:
    """Return the least wall-clock seconds of each call; the calls take turns, so that the conditions are equal."""
    seconds = [np.inf] * len(works)
    for _ in range(times):
        for k, work in enumerate(works):
            begin = time.perf_counter()
            work()
            seconds[k] = min(seconds[k], time.perf_counter() - begin)
    return seconds


def same(path: Path) -> int:
    """Compare every value of temperature, salinity and oxygen; return how many there are."""
    table = readers.read(path, wod_oxygen_unit="ml/l").to_pandas()
    _, profiles = with_wodpy(path)
    count = 0
    for name, method in (("temperature", "t"), ("salinity", "s"), ("oxygen", "oxygen")):
        theirs = np.concatenate([np.ma.filled(getattr(profile, method)(), np.nan) for profile in profiles])
        ours = table[f"{name}_original"].to_numpy()
        np.testing.assert_array_equal(ours, theirs)
        count += int(np.isfinite(theirs).sum())
    return count


def row(name: str, path: Path) -> str:
    """Measure one file."""
    values = same(path)
    levels, _ = with_wodpy(path)
    ours, theirs = best(lambda: readers.read(path, wod_oxygen_unit="ml/l"), lambda: with_wodpy(path))
    size = path.stat().st_size / 2**20
    speeds = f"{levels / ours:,.0f} | {levels / theirs:,.0f} | {theirs / ours:.1f}"
    return f"| {name} | {size:.1f} | {levels:,} | {values:,} | {speeds} |"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("real", nargs="*", type=Path, help="real files, each repeated to about 4 MiB")
    parser.add_argument("--casts", type=int, default=5000, help="casts of the file that is made")
    options = parser.parse_args()
    try:
        import wodpy  # noqa: F401
    except ImportError:
        print("wodpy is not installed here: pip install wodpy", file=sys.stderr)
        return 1
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} cores ({platform.machine()})\n"
    )
    print(
        "| file | MiB | levels | values equal | levels/s here | levels/s wodpy | ratio |\n|---|---|---|---|---|---|---|"
    )
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made.dat"
        for casts, levels in ((options.casts, 12), (max(options.casts // 50, 1), 600)):
            made.write_bytes(file(bottle_casts(casts, levels, rng)))
            print(row(f"{casts} casts of about {levels} levels, 6 variables", made), flush=True)
        for path in options.real:
            raw = path.read_bytes().rstrip(b"\r\n") + b"\n"
            times = max(1, 4 * 2**20 // len(raw))
            made.write_bytes(raw * times)
            print(row(f"{path.name}, {times} times", made), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
