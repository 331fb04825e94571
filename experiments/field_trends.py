"""Trends of the reconstructed field where the truth is known: volume means by basin and layer.

    python experiments/field_trends.py RUN_FOLDER [RUN_FOLDER ...] [--since YEAR]

Each run is reconstructed and of a source whose true field is known (the twin ocean). Prints a Markdown table, a row a
run, basin and layer: trend of the volume mean of oxygen in the true and in the reconstructed field, umol/kg a decade,
the share of the true one that is recovered, and RMSE and correlation of the yearly means once either's trend is taken
away; and the same of 50-200 m in two boxes of the equatorial Pacific, where it shows whether El Niño is seen.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from graphs.basins import BASINS
from graphs.types import Floats, Mask
from oxygen_recon.dataset import store
from oxygen_recon.dataset.folds import basins_of
from oxygen_recon.fields.reconstruction import open_reconstruction
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.report.table import Table
from qc.errors import InputError

HEAD = ["run", "basin", "layer", "true trend", "reconstructed", "share", "RMSE without trend", "correlation"]
BOXES = {"150-90 W (Niño 3)": (210.0, 270.0), "170-120 W (Niño 3.4)": (190.0, 240.0)}  # degrees east; 5 S to 5 N
LAYERS = {"all depths": (0.0, 1e5), "0-200 m": (0.0, 200.0), "200-1000 m": (200.0, 1000.0), "deeper": (1000.0, 1e5)}


def fitted(years: Floats, series: Floats) -> tuple[float, Floats]:
    """Fit a line.

    Parameters
    ----------
    years, series : array, shape (step,)
        Decimal years, and anything.

    Returns
    -------
    float, array
        Slope a decade, and what departs from the line.

    Examples
    --------
    >>> slope, left = fitted(np.arange(5.0), 100 - 0.2 * np.arange(5.0))
    >>> round(slope, 6), bool(np.allclose(left, 0))
    (-2.0, True)
    """
    slope, first = np.polyfit(years - years[0], series, 1)
    return 10 * float(slope), series - first - slope * (years - years[0])


def rows_of(folder: RunFolder, since: int) -> list[list[str]]:
    """Lay out the trends of one run.

    Parameters
    ----------
    folder : RunFolder
        Reconstructed, with a truth.
    since : int
        First calendar year.

    Raises
    ------
    InputError
        If the truth is not known.
    """
    truth = store.load_truth(folder.grid)
    if truth is None:
        raise InputError("the true field is not known", str(folder.root), "give a run of the twin ocean")
    grid, time_axis = store.load_grid(folder.grid)
    with open_reconstruction(folder.reconstruction) as data:
        found = np.stack([np.asarray(grid.gather(field)) for field in data["oxygen"].to_numpy()])
    late = time_axis.years >= since
    volume, depth = np.asarray(grid.gather(grid.volume)), grid.depth[grid.level_of]
    _, row, column = np.nonzero(grid.wet)
    rows = []
    for name, layer, inside in places(grid.latitude[row], grid.longitude[column], depth):
        weight = volume * inside
        true, own = (fitted(time_axis.years[late], (one[late] @ weight) / weight.sum()) for one in (truth, found))
        apart = float(np.sqrt(np.square(own[1] - true[1]).mean()))
        alike = float(np.corrcoef(own[1], true[1])[0, 1])
        share = f"{100 * own[0] / true[0]:.0f} %"
        rows.append([folder.root.name, name, layer, f"{true[0]:+.2f}", f"{own[0]:+.2f}", share])
        rows[-1] += [f"{apart:.2f}", f"{alike:.2f}"]
    return rows


def places(latitude: Floats, longitude: Floats, depth: Floats) -> Iterator[tuple[str, str, Mask]]:
    """Choose the cells of each row.

    Parameters
    ----------
    latitude, longitude, depth : array, shape (cell,)
        Centres of the cells, degrees north, degrees east (any turn), m.

    Yields
    ------
    str, str, bool array of shape (cell,)
        Basin or box, layer, and its cells, where there are any.
    """
    basin = basins_of(latitude, longitude)
    for name in ("global", *BASINS):
        there = np.ones(latitude.size, bool) if name == "global" else basin == BASINS.index(name)
        for layer, (top, bottom) in LAYERS.items():
            if (inside := there & (depth >= top) & (depth < bottom)).any():
                yield name, layer, inside
    upper = (np.abs(latitude) < 5.0) & (depth >= 50.0) & (depth <= 200.0)
    for name, (west, east) in BOXES.items():
        if (inside := upper & (longitude % 360.0 > west) & (longitude % 360.0 < east)).any():
            yield name, "50-200 m", inside


def main(given: argparse.Namespace) -> None:
    """Print the table."""
    rows = [row for path in given.runs for row in rows_of(RunFolder(path), given.since)]
    print(Table.of_text(HEAD, rows).markdown())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Compare trends of the reconstructed field with those of the truth.")
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--since", type=int, default=0)
    try:
        main(parser.parse_args())
    except InputError as mistake:
        sys.exit(str(mistake))
