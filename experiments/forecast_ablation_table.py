"""Table of what `forecast_ablations.py` left: errors over damped persistence, over the own network, energy, variance.

python experiments/forecast_ablation_table.py RUNS
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from graphs.types import Floats
from oxygen_recon.evaluation.forecasts.bootstrap import resamples
from oxygen_recon.report.table import Table
from qc.errors import InputError

LEADS = (1, 3, 5, 7, 10, 15, 30)


def ratios(square: Floats, other: Floats, names: Floats) -> Floats:
    """Divide errors of two methods and average over variables, the levels of each put together.

    Parameters
    ----------
    square, other : array, shape (..., lead, channel)
        Mean squared errors, averaged over the same starts.
    names : array of str, shape (channel,)
        Variable of each channel.

    Returns
    -------
    array, shape (..., lead)

    Examples
    --------
    >>> ratios(np.array([[4.0, 4.0, 1.0]]), np.ones((1, 3)), np.array(["a", "a", "b"]))
    array([1.5])
    """
    some = [names == name for name in dict.fromkeys(names.tolist())]
    return np.mean([np.sqrt(square[..., one].mean(-1) / other[..., one].mean(-1)) for one in some], axis=0)


def against(mine: Floats, base: Floats, names: Floats) -> tuple[float, float, float]:
    """Average a ratio of errors over leads of 1 to 10 days, with an interval of 90 % over starts.

    Parameters
    ----------
    mine, base : array, shape (start, lead, channel)
        Mean squared errors, of two seeds averaged.
    names : array of str, shape (channel,)
        Variable of each channel.

    Returns
    -------
    float, float, float
        Ratio, and the bounds that starts drawn with replacement give it.
    """

    def mean(chosen: Floats) -> float:
        return float(ratios(mine[chosen].mean(0)[:10], base[chosen].mean(0)[:10], names).mean())

    drawn = [mean(chosen) for chosen in resamples(len(mine))]
    return (mean(np.arange(len(mine))), *np.percentile(drawn, [5, 95]))


def table(folder: Path) -> Table:
    """Put all rows that are there into a table.

    Parameters
    ----------
    folder : Path
        With files ROW_SEED.npz.
    """
    names = sorted({path.stem.rsplit("_", 1)[0] for path in folder.glob("*_[0-9].npz")})
    there = {row: [np.load(path) for path in sorted(folder.glob(f"{row}_[0-9].npz"))] for row in names}
    lines = [_line(row, there) for row in sorted(there, key=lambda row: (row != "own", row))]
    leads = [f"{lead} d" for lead in LEADS]
    columns = ["row", "seeds", "parameters", "CPU s", *leads, "gap closed, 5 d", "over own, 1-10 d", "energy, 10 d"]
    return Table.of_text([*columns, "variance, year"], lines)


def _line(row: str, there: dict[str, list[Any]]) -> list[str]:
    """Cells of a row."""
    seeds, own, names = there[row], there.get("own", []), there[row][0]["names"]
    each = np.array([ratios(one["square"].mean(0), one["damped"].mean(0), names) for one in seeds])
    shown = [f"{each[:, lead - 1].mean():.3f}" for lead in LEADS]
    if len(each) > 1:
        shown = [f"{mean} ± {np.ptp(each[:, lead - 1]) / 2:.3f}" for mean, lead in zip(shown, LEADS, strict=True)]
    compared = closed = ""
    if own:
        square, base = (np.mean([one["square"] for one in some], axis=0) for some in (seeds, own))
        ratio, below, above = against(square, base, names)
        compared = f"{ratio:.3f} [{below:.3f}, {above:.3f}]"
    if ceiling := there.get("ceiling"):
        best = ratios(ceiling[0]["square"].mean(0), ceiling[0]["damped"].mean(0), names)
        closed = f"{100 * (1 - each[:, 4].mean()) / (1 - best[4]):.0f} %"
    energy = f"{np.mean([one['energy'] for one in seeds]):.2f}"
    if row == "ceiling":
        return [row, "", "", "", *shown, closed, compared, energy, ""]
    variance = np.mean([(one["variance"][0] / one["variance"][1]).mean() for one in seeds])
    cpu, count = max(one["training_cpu"] for one in seeds), int(seeds[0]["parameters"])
    return [row, str(len(seeds)), f"{count:,}", f"{cpu:.0f}", *shown, closed, compared, energy, f"{variance:.2f}"]


def main(arguments: list[str]) -> None:
    """Print the table."""
    folder = Path(arguments[0]) / "ablations" if len(arguments) == 1 else None
    if folder is None or not any(folder.glob("*_[0-9].npz")):
        raise InputError(f"no rows for {arguments}", "forecast_ablation_table", "give RUNS of forecast_ablations")
    print(table(folder).markdown())


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(str(error))
