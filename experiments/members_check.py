"""Whether the members of a run are right for means over blocks, and for what is made of the whole field.

    python experiments/members_check.py RUN [--members 60]

Prints Markdown tables. Hidden: the errors of held-out points, whole cruises, years or what else the folds of the run
hide, averaged over blocks of one layer, against members at the same points; their covariance is fitted to the other
folds. "cov" is the share of blocks within 1 and 1.645 standard deviations of the members (68 and 90 % are right), with
an interval of 95 % by a bootstrap over years, and beside it that of errors wholly correlated and of independent ones.
Delivered: where the truth is known everywhere, the same of the whole field, and how often area and volume of oxygen
minimum zones, inventory and trends lie within the interval of 90 %.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr

import oxygen_recon as ox
from graphs.grid import Grid
from graphs.types import Floats, Ints
from oxygen_recon.dataset import store
from oxygen_recon.dataset.domain import layer_of
from oxygen_recon.dataset.folds import basins_of, blocks_of
from oxygen_recon.pipeline.stages.pipeline import Pipeline
from oxygen_recon.pipeline.tasks.run_data import RunData
from oxygen_recon.products.error_covariance import HeldOutErrors, fit_error_covariance
from oxygen_recon.products.inventory import oxygen_inventory
from oxygen_recon.products.members import grid_error, point_error
from oxygen_recon.products.omz import ensemble, omz_series
from oxygen_recon.products.omz.trend_table import trend_table
from oxygen_recon.report.table import Table
from qc.errors import InputError

BLOCKS = ("500 km, year", "1000 km, year", "2000 km, year", "basin, year", "1000 km, decade", "basin, decade")
SIDES = {"500 km": 4.5, "1000 km": 9.0, "2000 km": 18.0}  # degrees
REPEATS, REACHES = 1000, (1.0, 1.644854)


def labels(latitude: Floats, longitude: Floats, depth: Floats, years: Floats) -> dict[str, Ints]:
    """Find the blocks of points.

    Parameters
    ----------
    latitude, longitude, depth, years : array, shape (point,)
        Degrees north and east, m, decimal years.

    Returns
    -------
    dict of str to int array, shape (point,)
        Of each name of `BLOCKS`; a block is one layer of `oxygen_recon.dataset.domain.LAYERS`.
    """
    layer, year = layer_of(depth), np.floor(years).astype(np.int64)
    place = {name: blocks_of(latitude, longitude, side) for name, side in SIDES.items()}
    place["basin"], time = basins_of(latitude, longitude), {"year": year, "decade": year // 10}
    found: dict[str, Ints] = {}
    for name in BLOCKS:
        where, when = name.split(", ")
        found[name] = np.unique(np.stack([place[where], time[when], layer]), axis=1, return_inverse=True)[1]
    return found


def held_out_errors(data: RunData, members: int) -> Iterator[Floats]:
    """Draw the errors of members at held-out points, those of a fold by the covariance of the others.

    Parameters
    ----------
    data : RunData
        Of a trained run.
    members : int
        How many.

    Yields
    ------
    array, shape (point,)
        umol kg-1.
    """
    domain, held, covariance = data.domain, data.held_out_errors, {}
    place = domain.latitude[held.cell], domain.longitude[held.cell], domain.depth[held.cell], domain.years[held.step]
    for fold in data.folds:
        others = HeldOutErrors(*(array[held.fold != fold] for array in held))
        covariance[fold] = fit_error_covariance(domain, others, data.experiment.seed)
    for number in range(members):
        error = np.zeros(held.error.size)
        for fold, own in covariance.items():
            here = held.fold == fold
            latitude, longitude, depth, years = (one[here] for one in place)
            error[here] = point_error(own, latitude, longitude, depth, years, [fold, number], held.cruise[here])
        yield held.scale * error


def field_errors(data: RunData, field: xr.Dataset, grid: Grid, members: int) -> Iterator[Floats]:
    """Draw the errors of members in the whole field.

    Parameters
    ----------
    data : RunData
        Of a finished run.
    field : Dataset
        Its reconstruction.
    grid : Grid
        Its grid.
    members : int
        How many.

    Yields
    ------
    array, shape (step x cell,)
        umol kg-1.
    """
    covariance, seed, wet = data.error_covariance, data.experiment.seed, grid.wet.any(axis=0)
    latitude, longitude = (axis[wet] for axis in np.meshgrid(grid.latitude, grid.longitude, indexing="ij"))
    scale = gathered(field["oxygen_standard_error"], grid)
    for number in range(members):
        error = np.zeros((len(data.domain.years), *grid.shape), np.float32)
        error[:, :, wet] = grid_error(covariance, latitude, longitude, grid.depth, data.domain.years, [seed, number])
        yield scale * np.concatenate([grid.gather(values) for values in error])


def gathered(field: xr.DataArray, grid: Grid) -> Floats:
    """Take the wet cells of all steps, shape (step x cell,)."""
    return np.concatenate([grid.gather(values) for values in field.to_numpy()]).astype(np.float64)


def block_table(
    label: dict[str, Ints], error: Floats, scale: Floats, weight: Floats, year: Floats, drawn: Iterator[Floats]
) -> Table:
    """Say how many means of blocks lie within the members' spread.

    Parameters
    ----------
    label : dict of str to int array, shape (point,)
        Block of each point, from 0.
    error, scale, weight, year : array, shape (point,)
        Error and standard error, umol kg-1; weight in means; calendar year.
    drawn : iterator of array, shape (point,)
        Errors of the members, umol kg-1.

    Returns
    -------
    Table
    """
    total = {name: np.bincount(one, weight) for name, one in label.items()}
    square, members = {name: np.zeros(one.size) for name, one in total.items()}, 0
    for values in drawn:
        members += 1
        for name, one in label.items():
            square[name] += (np.bincount(one, weight * values) / total[name]) ** 2
    rows = []
    for name, one in label.items():
        number = np.bincount(one)
        several = number > 1
        found, correlated, when = (
            (np.bincount(one, weight * values) / total[name])[several] for values in (error, scale, year)
        )
        spread = np.sqrt(square[name] / members)[several]
        alone = (np.sqrt(np.bincount(one, (weight * scale) ** 2)) / total[name])[several]
        rows.append((
            name, f"{several.sum():,}", f"{np.median(number[several]):.0f}", f"{np.sqrt(np.mean(found**2)):.1f}",
            f"{np.sqrt(np.mean(spread**2)):.1f}", covered(found, spread, np.floor(when)),
            shares(found, alone), shares(found, correlated),
        ))  # fmt: skip
    names = ("mean over", "blocks", "points", "RMSE", "spread", "members hold 68 / 90 %", "independent", "correlated")
    return Table.of_text(names, rows)


def shares(error: Floats, spread: Floats) -> str:
    """Write the shares of errors within 1 and 1.645 of their spread, %."""
    return " / ".join(f"{100 * np.mean(np.abs(error) <= reach * spread):.0f}" for reach in REACHES)


def covered(error: Floats, spread: Floats, year: Floats) -> str:
    """Write `shares`, with intervals of 95 % by a bootstrap over years."""
    _, number = np.unique(year, return_inverse=True)
    years = int(number.max()) + 1
    times = np.random.default_rng(0).multinomial(years, np.full(years, 1.0 / years), REPEATS)
    each, ends = times @ np.bincount(number), []
    for reach in REACHES:
        inside = times @ np.bincount(number, np.abs(error) <= reach * spread)
        ends.append("-".join(f"{end:.0f}" for end in np.quantile(100.0 * inside / each, [0.025, 0.975])))
    return f"{shares(error, spread)} ({', '.join(ends)})"


def total_table(field: xr.Dataset, truth: xr.DataArray, data: RunData, grid: Grid, members: int) -> Table:
    """Compare what is made of the whole field with the truth: share of years within the interval, and trends.

    Parameters
    ----------
    field : Dataset
        Reconstruction.
    truth : DataArray
        True oxygen in its place.
    data : RunData
        Of the run.
    grid : Grid
        Its grid.
    members : int
        How many.

    Returns
    -------
    Table
    """
    settings, period = data.experiment.omz, data.experiment.period
    thresholds, layers, everywhere = settings.thresholds, settings.depths, np.ones((1, *grid.shape[1:]), bool)
    drawn = ensemble.member_fields(field, data.error_covariance, grid, members, data.experiment.seed)
    found = ensemble.measure_members(drawn, thresholds, grid, everywhere, layers)
    series = omz_series(field["oxygen"], thresholds, field["oxygen_standard_error"], grid=grid, regions={})
    series = ensemble.with_interval(series, found)
    inventory = ensemble.inventory_with_interval(oxygen_inventory(field["oxygen"], layers, grid=grid), found)
    true = {
        "zones": omz_series(truth, thresholds, grid=grid, regions={}),
        "inventory": oxygen_inventory(truth, layers, grid=grid),
    }
    whole = [(period.start, period.end)]
    line = trend_table(series, inventory, found, whole)
    line["truth"] = trend_table(true["zones"], true["inventory"], None, whole)["trend"]
    rows = []
    for row in line[line["quantity"].isin(["omz_area", "omz_volume", "inventory"])].to_dict("records"):
        name, layered = str(row["quantity"]), row["quantity"] == "inventory"
        both = (inventory, true["inventory"]) if layered else (series, true["zones"])
        own, right = (one.sel({"layer" if layered else "threshold": row["of"]}) for one in both)
        values, low, high = right[name], *(own[f"{name}_members_{end}"] for end in ("low", "high"))
        inside = 100 * float(((values >= low) & (values <= high)).mean())
        rest = [f"{row[one]:.3g}" for one in ("truth", "of_best_estimate", "trend", "median", "low", "high")]
        rows.append([f"{name}, {row['of']}", f"{inside:.0f}", str(row["unit"]), *rest])
    names = ("quantity", "years within, %", "trend in", "truth", "plain", "expected", "median", "low", "high")
    return Table.of_text(names, rows)


def main(arguments: list[str] | None = None) -> None:
    """Print the tables of a run.

    Parameters
    ----------
    arguments : list of str, optional
        Words of the command line; those of the process when left out.

    Raises
    ------
    InputError
        If the run is not trained.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("run", type=Path, help="folder of a run")
    parser.add_argument("--members", type=int, default=60, help="how many")
    words = parser.parse_args(arguments)
    run = ox.open_run(words.run)
    data = Pipeline(run.experiment, run.folder).run_data("train")
    domain, held = data.domain, data.held_out_errors
    place = domain.latitude[held.cell], domain.longitude[held.cell], domain.depth[held.cell], domain.years[held.step]
    label = {
        name: np.unique(one * len(data.folds) + held.fold, return_inverse=True)[1]
        for name, one in labels(*place).items()
    }
    drawn = held_out_errors(data, words.members)
    print(f"Hidden, {run.experiment.folds.by} of {run.experiment.name}, {words.members} members:\n")
    print(block_table(label, held.error * held.scale, held.scale, np.ones(held.error.size), place[3], drawn).markdown())
    truth = store.load_truth(run.folder.grid)
    if truth is None or not run.folder.reconstruction.exists():
        return
    field, (grid, _) = run.field(), store.load_grid(run.folder.grid)
    step, cell = (index.ravel() for index in np.indices(truth.shape))
    label = labels(domain.latitude[cell], domain.longitude[cell], domain.depth[cell], domain.years[step])
    error, weight = (
        truth.ravel() - gathered(field["oxygen"], grid),
        np.asarray(grid.gather(grid.volume)[cell], np.float64),
    )
    drawn, scale = field_errors(data, field, grid, words.members), gathered(field["oxygen_standard_error"], grid)
    print("\nDelivered:\n")
    print(block_table(label, error, scale, weight, domain.years[step], drawn).markdown(), "\n")
    print(total_table(field, field["oxygen"].copy(data=grid.scatter(truth)), data, grid, words.members).markdown())


if __name__ == "__main__":
    try:
        main()
    except InputError as fault:
        sys.exit(str(fault))
