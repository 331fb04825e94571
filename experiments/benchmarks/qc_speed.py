"""Speed of the same checks here, in CoTeDe and in ioos_qc, as a Markdown table.

The same casts and thresholds in the same process, best of three. First single checks, on arrays that are ready:
CoTeDe's tests are called cast by cast; ioos_qc has no casts, so that its spikes are searched cast by cast and
its range in all values at once. Then the whole way from delivered values to flags: `qc.battery.run.run_battery` on a
table against CoTeDe's `ProfileQC` with three tests, and against the same three checks here.

    python experiments/benchmarks/qc_speed.py [--casts 2000] [--levels 25 100]
"""

import argparse
import os
import platform
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa

from qc.battery import run

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from qc.battery import battery  # noqa: E402
from qc.checks.base import CheckInput  # noqa: E402
from qc.table import schema  # noqa: E402
from qc.table.profiles import from_table  # noqa: E402

RANGE, SPIKE, GRADIENT = (-5.0, 600.0), 50.0, 50.0  # umol/kg; one threshold at all depths, as CoTeDe's tests have


def observations(casts: int, levels: int) -> pa.Table:
    """Make float-like casts with oxygen, temperature and salinity; one value in a thousand is wrong."""
    rng = np.random.default_rng(0)
    p = np.tile(np.linspace(2, 2000, levels), casts)
    cast = np.repeat(np.arange(casts), levels)
    oxygen = 150 + 100 * np.exp(-p / 300) + rng.normal(0, 2, p.size) + rng.normal(0, 10, casts)[cast]
    odd = rng.random(p.size) < 0.001
    oxygen[odd] += rng.choice([150.0, -400.0, 900.0], odd.sum())
    day = np.datetime64("2015-01-01", "ms") + (np.arange(casts) * 10).astype("timedelta64[h]")
    columns = {
        "source": "argo", "file": "benchmark", "cast": cast.astype(str), "cruise": (cast // 100).astype(str),
        "instrument": "float", "time": day[cast], "latitude": (rng.uniform(-60, 60, casts))[cast],
        "longitude": rng.uniform(-180, 180, casts)[cast], "pressure": p, "oxygen": oxygen,
        "temperature": 2 + 18 * np.exp(-p / 500), "salinity": 34.5 + 0.0001 * p,
    }  # fmt: skip
    return schema.from_columns(columns, "benchmark")


def only(*names: str) -> battery.Battery:
    """Return the default battery with only these checks, and with the thresholds of the other packages."""
    shipped = battery.load_battery()
    kept = []
    for check in shipped.checks:
        if check.name in names:
            same = (
                {"limits": {"oxygen": RANGE}}
                if check.name == "range"
                else {"limits": (SPIKE, SPIKE), "max_gap": np.inf}
            )
            kept.append(check.model_copy(update=same | {"enabled": True}))
    return shipped.model_copy(update={"checks": tuple(kept)})


def alone(name: str, data: CheckInput) -> np.ndarray:
    """Return where one check of this project fails oxygen, shape (level,)."""
    (check,) = only(name).checks
    return next(failed for name, failed, _ in check.failures(data) if name == "oxygen")


def whole(checks: battery.Battery, table: pa.Table) -> np.ndarray:
    """Return where oxygen is bad or suspect after this project's checks, shape (level,)."""
    return run.run_battery(table, checks)["oxygen_flag"].to_numpy() >= 3


class Delivered(dict):
    """A cast as CoTeDe's `ProfileQC` takes it."""

    attrs: ClassVar[dict[str, float]] = {}

    @property
    def data(self) -> dict[str, np.ndarray]:
        """The cast itself."""
        return self


def profile_qc(values: list[np.ndarray]) -> np.ndarray:
    """Flag by CoTeDe's ProfileQC, cast by cast: range, spike and gradient."""
    from cotede.qc import ProfileQC

    tests = {
        "global_range": {"procedure": "GlobalRange", "minval": RANGE[0], "maxval": RANGE[1]},
        "spike": {"procedure": "Spike", "threshold": SPIKE},
        "gradient": {"procedure": "Gradient", "threshold": GRADIENT},
    }
    found = []
    for value in values:
        done = ProfileQC(
            Delivered(oxygen=value), cfg={"revision": "0.21", "variables": {"oxygen": tests}}, verbose=False
        )
        found.append(done.flags["oxygen"]["overall"] == 4)
    return np.concatenate(found)


def cotede(test: str, values: list[np.ndarray]) -> np.ndarray:
    """Flag by CoTeDe, cast by cast."""
    from cotede import qctests

    kinds = {
        "range": (qctests.GlobalRange, {"minval": RANGE[0], "maxval": RANGE[1]}),
        "spike": (qctests.Spike, {"threshold": SPIKE}),
        "gradient": (qctests.Gradient, {"threshold": GRADIENT}),
    }
    kind, cfg = kinds[test]
    found = []
    for value in values:
        check = kind({"oxygen": value}, "oxygen", cfg=cfg, autoflag=True)
        found.append(next(iter(check.flags.values())) == 4)
    return np.concatenate(found)


def ioos(test: str, values: list[np.ndarray]) -> np.ndarray:
    """Flag by ioos_qc: the range of all values at once, spikes cast by cast; it has no gradient of three levels."""
    from ioos_qc import qartod

    if test == "range":
        return np.asarray(qartod.gross_range_test(np.concatenate(values), fail_span=RANGE) == 4)
    return np.concatenate([
        np.asarray(qartod.spike_test(v, suspect_threshold=SPIKE - 1e-9, fail_threshold=SPIKE) == 4) for v in values
    ])  # fmt: skip


def best(call: Callable[[], np.ndarray]) -> tuple[float, np.ndarray | None, str]:
    """Return the shortest of three times, s, the result, and the reason if there is none."""
    try:
        result = call()
    except ImportError as error:
        return np.nan, None, f"not installed ({error.name})"
    times = []
    for _ in range(3):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    return min(times), result, ""


def line(name: str, n: int, calls: dict[str, Callable[[], np.ndarray]]) -> str:
    """Time the calls, ours first, and write a row of the table."""
    cells, found, mine = [], [], np.nan
    for who in ("here", "CoTeDe", "ioos_qc"):
        seconds, flags, why = best(calls[who]) if who in calls else (np.nan, None, "has none")
        mine = seconds if who == "here" else mine
        cells += [why or f"{n / seconds:,.0f}"] + ([] if who == "here" else ["–" if why else f"{seconds / mine:.1f}"])
        found += [] if flags is None else [f"{who} {int(flags.sum())}"]
    return f"| {name} | {' | '.join(cells)} | {', '.join(found)} |"


def main() -> None:
    """Print the tables."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--casts", type=int, default=2000)
    words.add_argument("--levels", type=int, nargs="+", default=[25, 100])
    asked = words.parse_args()
    warnings.simplefilter("ignore")
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}, {os.cpu_count()} cores,")
    print("one used; best of three; ratio: how many times faster the check is here")
    for levels in asked.levels:
        table = observations(asked.casts, levels)
        n, values = table.num_rows, np.split(table["oxygen"].to_numpy(), asked.casts)
        here = from_table(table)
        present = {name: np.isfinite(value) for name, value in here.values.items()}
        data = CheckInput(here, present, present, np.datetime64("now", "ms"))
        print(f"\n{asked.casts} casts of {levels} levels\n")
        print("| check | here, levels/s | CoTeDe, levels/s | ratio | ioos_qc, levels/s | ratio | levels found |")
        print("|---|--:|--:|--:|--:|--:|---|")
        for test in ("range", "spike", "gradient"):
            calls = {
                "here": lambda test=test, data=data: alone(test, data),
                "CoTeDe": lambda test=test, values=values: cotede(test, values),
                "ioos_qc": lambda test=test, values=values: ioos(test, values),
            }
            if test == "gradient":
                del calls["ioos_qc"]
            print(line(test, n, calls))
        three, shipped = only("range", "spike", "gradient"), battery.load_battery()
        calls = {
            "here": lambda table=table, three=three: whole(three, table),
            "CoTeDe": lambda values=values: profile_qc(values),
        }
        print(line("values to flags, three checks", n, calls))
        calls["here"] = lambda table=table, shipped=shipped: whole(shipped, table)
        print(line(f"values to flags, {len(shipped.enabled)} checks here", n, calls))


if __name__ == "__main__":
    main()
