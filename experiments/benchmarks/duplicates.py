"""Time of the search for copies and recall of planted copies, up to a million casts.

    python experiments/benchmarks/duplicates.py --index argo_synthetic-profile_index.txt.gz 10000 100000 1000000

Three in five casts are floats at positions and dates of the index of biogeochemical Argo (repeated some years later
where there are not enough), one in three stations of ships on sections of 20 nautical miles, one in fifty casts of one
mooring within one day and a kilometre; one in twenty is a copy of another in a second archive: exact, rounded to
1 umol/kg, 0.4 % off by a constant density, adjusted by 2.5 %, displaced by up to 2 km and 6 hours, or every third
level of it. Values are a smooth formula with internal waves, eddies and the noise of sensors. Prints a Markdown table.
"""

import argparse
import gzip
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from qc.duplicates import search as duplicates
from qc.duplicates import signatures as fingerprints
from qc.duplicates.signatures import Profiles, mix

BLOCK = 20_000
KINDS = ("exact", "rounded", "density", "adjusted", "displaced", "thinned")
BOTTLES = np.array([2.0, 10, 25, 50, 75, 100, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1250, 1500, 2000, 3000])


def uniform(cast: np.ndarray, stream: int) -> np.ndarray:
    """Return a reproducible number in [0, 1) for each cast."""
    return (mix(mix(cast.astype(float)) + np.uint64(stream)) >> np.uint64(11)).astype(float) / 2**53


class SyntheticCasts:
    """Casts that are generated on demand, as if read from disk; the last ones are copies of others."""

    def __init__(self, n: int, index: Path) -> None:
        copies, mooring, ships = n // 20, n // 50, n // 3
        floats = n - copies - mooring - ships
        self.n, self.first_copy = n, n - copies
        random = np.random.default_rng(0)
        lines = gzip.decompress(index.read_bytes()).decode().splitlines()
        start = next(i for i, line in enumerate(lines) if line.startswith("file,"))
        frame = pd.DataFrame([line.split(",") for line in lines[start + 1 :]], columns=lines[start].split(","))
        frame = frame[frame["parameters"].str.contains("DOXY") & (frame["date"] != "") & (frame["latitude"] != "")]
        chosen = np.resize(random.permutation(len(frame)), floats)
        turn = np.arange(floats) // len(frame)
        stamp = pd.to_datetime(frame["date"]).to_numpy().astype("datetime64[s]").astype(float)[chosen] / 86400
        leg, station = np.divmod(np.arange(ships), 60)
        course = uniform(leg, 1) * 2 * np.pi
        north = (uniform(leg, 2) - 0.5) * 100 + station * np.cos(course) / 3
        east = uniform(leg, 3) * 360 + station * np.sin(course) / 3
        time_ship = uniform(leg, 4) * 18000 + station / 6
        parent = random.choice(self.first_copy, copies, replace=False)
        self.time = np.r_[stamp + turn * 4018.25, time_ship, 12000 + uniform(np.arange(mooring), 5)]
        self.latitude = np.r_[frame["latitude"].astype(float).to_numpy()[chosen], north, np.full(mooring, 36.75)]
        self.longitude = np.r_[frame["longitude"].astype(float).to_numpy()[chosen], east, np.full(mooring, -122.0)]
        self.latitude = np.clip(self.latitude, -89.9, 89.9)
        self.float_ = np.r_[np.full(floats, 1), np.zeros(ships), np.ones(mooring)].astype(int)
        self.parent = np.r_[np.arange(self.first_copy), parent]
        self.time, self.latitude, self.longitude, self.float_ = (
            a[self.parent] for a in (self.time, self.latitude, self.longitude, self.float_)
        )
        cast = np.arange(n)
        self.kind = np.where(cast < self.first_copy, -1, cast % len(KINDS))
        moved = np.where(self.kind == KINDS.index("displaced"), 1.0, 0.0)
        self.latitude = self.latitude + moved * (uniform(cast, 6) - 0.5) * 0.025
        self.time = self.time + moved * (uniform(cast, 7) - 0.5) * 0.5
        self.longitude = (self.longitude + 180) % 360 - 180

    def levels(self, cast: np.ndarray) -> Profiles:
        """Return the levels of some casts."""
        parent, kind = self.parent[cast], self.kind[cast]
        floating = self.float_[cast] == 1
        count = np.where(
            floating, 40 + (uniform(parent, 8) * 40).astype(int), 12 + (uniform(parent, 9) * 8).astype(int)
        )
        owner = np.repeat(np.arange(len(cast)), count)
        level = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        key = parent[owner] * 128.0 + level
        p_float = 5 + 1995 * (level / count[owner]) ** 1.6 + uniform(key, 10) * 2
        p = np.where(floating[owner], p_float, BOTTLES[np.minimum(level, len(BOTTLES) - 1)] + uniform(key, 10) * 3)
        value = self._oxygen(parent[owner], p, key)
        k = kind[owner]
        value = np.where(k == 1, np.round(value), value) * np.where(k == 2, 1.004, 1) * np.where(k == 3, 1.025, 1)
        kept = (k != 5) | (level % 3 == 0)
        return Profiles(
            np.bincount(owner[kept], minlength=len(cast)),
            p[kept],
            np.round(value, 2)[kept],
            np.full(kept.sum(), np.nan),
        )

    def _oxygen(self, cast: np.ndarray, p: np.ndarray, key: np.ndarray) -> np.ndarray:
        lat, lon, t = self.latitude[cast], self.longitude[cast], self.time[cast]
        depth = p * (1 + 0.1 * (uniform(cast, 11) - 0.5)) + 30 * (uniform(cast, 12) - 0.5) * np.exp(-p / 800)
        surface = 210 + 130 * np.sin(np.deg2rad(lat)) ** 2 + 8 * np.cos(2 * np.pi * t / 365.25)
        minimum = 60 + 0.9 * np.abs(lat) + 20 * np.cos(np.deg2rad(lon * 2))
        shape = np.exp(-depth / (90 + 4 * np.abs(lat))) + 0.6 * (1 - np.exp(-depth / 2500))
        noise = (uniform(key, 13) + uniform(key, 14) - 1) * 0.7
        return np.maximum(minimum + (surface - minimum) * shape + noise, 0)

    def summary(self) -> tuple[pa.Table, int]:
        """Return the signatures, made block by block like the parts of a collection, and the number of levels."""
        parts = []
        for start in range(0, self.n, BLOCK):
            cast = np.arange(start, min(start + BLOCK, self.n))
            taken = self.levels(cast)
            content, varied, coarse = fingerprints.signatures(taken, np.ones(len(cast), bool))
            parts.append(fingerprints.table_of(self._columns(cast, taken, content, varied, coarse)))
        table = pa.concat_tables(parts).unify_dictionaries()
        return table, int(table["levels"].to_numpy().sum())

    def _columns(self, cast: np.ndarray, taken: Profiles, *digests: np.ndarray) -> dict[str, object]:
        copy = cast >= self.first_copy
        return {
            "source": np.where(copy, "wod", np.where(self.float_[cast] == 1, "argo", "cchdo")),
            "file": np.where(copy, "second", "first"),
            "cast": np.char.mod("%07d", cast),
            "instrument": np.where(self.float_[cast] == 1, "float", "bottle"),
            "time": (self.time[cast] * 86_400_000).astype("datetime64[ms]"),
            "latitude": self.latitude[cast],
            "longitude": self.longitude[cast],
            "levels": taken.count,
            "good": taken.count,
            "flagged": np.ones(len(taken.count), bool),
            "thermal": np.zeros(len(cast), np.int32),
        } | dict(zip(("content", "varied", "coarse"), digests))


def measure(n: int, index: Path) -> str:
    """Return one row of the table."""
    made_up = SyntheticCasts(n, index)
    start = time.perf_counter()
    summary, count = made_up.summary()
    made = time.perf_counter()
    plan = duplicates.plan(summary)
    planned = time.perf_counter()
    found = duplicates.settle(plan, made_up.levels)
    end = time.perf_counter()
    lost = found["cast"].to_numpy()
    of = summary["cast"].combine_chunks().dictionary_decode().to_numpy(zero_copy_only=False)
    right = found["duplicate_of"].str.partition("/")[2].to_numpy() == of[made_up.parent[lost]]
    right &= lost >= made_up.first_copy
    copies = n - made_up.first_copy
    by_kind = [
        f"{kind} {np.mean(np.isin(np.flatnonzero(made_up.kind == i), lost[right])):.4f}" for i, kind in enumerate(KINDS)
    ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    seconds = f"{made - start:.0f} | {planned - made:.1f} | {end - planned:.1f}"
    recall = f"{right.sum() / copies:.5f} ({', '.join(by_kind)})"
    return f"| {n:,} | {count:,} | {len(plan.pairs):,} | {seconds} | {peak:.2f} | {recall} | {(~right).sum()} |"


def main() -> None:
    """Measure each size in a process of its own, so that the peak of memory is its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path, required=True, help="argo_synthetic-profile_index.txt.gz")
    parser.add_argument("casts", type=int, nargs="+")
    arguments = parser.parse_args()
    if len(arguments.casts) == 1:
        print(measure(arguments.casts[0], arguments.index), flush=True)
        return
    print("| casts | levels | pairs examined | s, summary | s, candidates | s, levels | GB | recall | false |")
    print("|" + "---|" * 9, flush=True)
    for n in arguments.casts:
        subprocess.run([sys.executable, __file__, "--index", str(arguments.index), str(n)], check=True)


if __name__ == "__main__":
    main()
