"""Oxygen of the days of a forecast: the graph model with forecast temperature and salinity as covariates.

    oxygen-recon run experiments/forecast_heads.yaml --work DIR
    python experiments/coupled_oxygen.py DIR/forecast_heads [SEED]

Of a finished run on the dynamical twin. The graph model learns oxygen from casts of the training days (every tenth day,
60 water columns drawn at random) with the temperature and salinity of their day and cell; casts of the day of the start
inform the forecast. Covariates of the days of a forecast are what the network forecast, what persistence and damped
persistence give, or the truth, which nobody has in advance. Prints a Markdown table: RMSE of oxygen against the twin's
at 400 cells a day, umol/kg, beside the climatology of the training days at the cell.
"""

import sys
from dataclasses import replace

import numpy as np
import xarray as xr

import oxygen_recon as ox
from graphs.build import build
from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats, Ints
from oxygen_recon.dataset.daily.fields import DailyFields, Dates
from oxygen_recon.dataset.daily.seasons import DayOfYear
from oxygen_recon.dataset.domain import Domain, Samples, make_domain
from oxygen_recon.fields.daily.opening import open_daily
from oxygen_recon.models.graph.config import GraphTrainingConfig, OxyGeneratorConfig
from oxygen_recon.models.graph.estimator import GraphEstimator
from oxygen_recon.pipeline.forecasting.results import ForecastRun
from oxygen_recon.products.forecast import channels_of
from oxygen_recon.report.table import Table
from oxygen_recon.sources.daily_fields import daily_fields
from oxygen_recon.sources.daily_twin import DailyTwinConfig
from qc.errors import InputError

LEADS = (1, 5, 10, 20, 30)  # days
EVERY, CASTS, TARGETS, STEPS = 10, 60, 400, 300  # training days, casts a day, cells scored a day, steps of training
DENSITY = 1.025  # kg/L: mmol/m3 to umol/kg
NAMES = ("temperature", "salinity")


def oxygen_of(run: ForecastRun) -> DailyFields:
    """Read the twin's oxygen at the depths and cells of the state, umol/kg."""
    source = run.pipeline.experiment.source
    if not isinstance(source, DailyTwinConfig) or source.depths is None or not source.twin.ecosystem:
        raise InputError("no twin with an ecosystem and depths", "coupled oxygen", "give a run of forecast_heads.yaml")
    opened = open_daily(run.pipeline.folder.source / "oxygen", ["oxygen_"], variables={"oxygen_": "o2"})
    fields = daily_fields(opened, ["oxygen_"], depths=source.depths, coarsen=source.coarsen)
    return replace(fields, values=(fields.values / DENSITY).astype(np.float32))


def grid_of(oxygen: DailyFields) -> Grid:
    """Make the grid of the graph: cells of the state, levels at its depths."""
    depth = np.array([float(one.depth or 0.0) for one in oxygen.channels])
    edges = [np.concatenate([[0.0], (depth[1:] + depth[:-1]) / 2, [1.5 * depth[-1]]])]
    for axis in (oxygen.latitude, oxygen.longitude):
        middle = (axis[1:] + axis[:-1]) / 2
        edges.append(np.concatenate([[1.5 * axis[0] - 0.5 * axis[1]], middle, [1.5 * axis[-1] - 0.5 * axis[-2]]]))
    return Grid(np.clip(edges[1], -90, 90), edges[2], edges[0], depth, oxygen.ocean)


def covariates_of(values: Floats, state: DailyFields, ocean: Floats) -> Floats:
    """Take temperature and salinity at the wet cells, shape (day, cell, 2), from channels of the state."""
    parts = []
    for name in NAMES:
        rows = [i for i, one in enumerate(state.channels) if one.name == name]
        parts.append(values[:, rows][:, ocean])
    return np.stack(parts, axis=-1).astype(float)


def casts(oxygen: DailyFields, days: Ints, steps: Ints, columns: Ints, seed: int) -> Samples:
    """Draw water columns on some days of the truth, and take oxygen at all of their wet levels."""
    drawn, wet = np.random.default_rng(seed), np.flatnonzero(oxygen.ocean.ravel())
    cell, step, group, value = [], [], [], []
    for day, at in zip(days, steps, strict=True):
        chosen = drawn.choice(np.unique(columns), CASTS, replace=False)
        which = np.flatnonzero(np.isin(columns, chosen))
        cell.append(which)
        step.append(np.full(which.size, at))
        group.append(at * 10_000 + columns[which])
        value.append(oxygen.values[day].ravel()[wet[which]].astype(float))
    cells, number = np.concatenate(cell), np.unique(np.concatenate(group), return_inverse=True)[1]
    one = np.ones(cells.size, np.int32)
    spread = {"oxygen": np.full(cells.size, np.nan)}
    return Samples(cells, np.concatenate(step), number, {"oxygen": np.concatenate(value)}, one, spread)


def days_of(run: ForecastRun) -> tuple[Dates, Dates, Dates]:
    """Give training days with casts, starts, and the days that are scored (start by lead), all dates."""
    state = run.pipeline.state
    starts = state.dates[run.pipeline.starts]
    leads = [lead for lead in LEADS if lead <= run.pipeline.experiment.leads]
    targets = starts[:, None] + np.array(leads).astype("timedelta64[D]")
    if not np.isin(targets, state.dates).all():
        raise InputError("some starts have no truth at all leads", "coupled oxygen", "test on more days")
    return run.pipeline.training[::EVERY], starts, targets


def main(folder: str, seed: int = 0) -> None:
    """Train the graph model, forecast oxygen by each source of covariates, and print the table."""
    run = ox.open_forecasts(folder)
    state, oxygen = run.pipeline.state, oxygen_of(run)
    learned, starts, targets = days_of(run)
    dates = np.unique(np.concatenate([learned, starts, targets.ravel()]))
    place = {date: step for step, date in enumerate(dates)}
    grid = grid_of(oxygen)
    truth = covariates_of(state.values[state.places(dates)], state, oxygen.ocean)
    domain = make_domain(grid, TimeAxis(np.append(dates, dates[-1] + 1)), truth, NAMES)
    steps = np.array([place[date] for date in np.concatenate([learned, starts])])
    days = oxygen.places(np.concatenate([learned, starts]))
    samples = casts(oxygen, days, steps, domain.column, seed)
    training = samples.take(np.isin(samples.step, steps[: learned.size]))
    config = OxyGeneratorConfig(training=GraphTrainingConfig(steps=STEPS))
    model = GraphEstimator(config, build(grid))
    model.fit(domain, training, seed)
    drawn = np.random.default_rng([seed, 1])
    cell = drawn.choice(domain.cells, min(TARGETS, domain.cells), replace=False)
    usual = DayOfYear.fit(oxygen, run.pipeline.training)
    errors: dict[str, Floats] = {}
    for row, start in enumerate(starts):
        known = samples.take(samples.step <= place[start])
        step = np.array([place[date] for date in targets[row]])
        at = np.repeat(step, cell.size)
        right = oxygen.values[oxygen.places(targets[row])][:, oxygen.ocean][:, cell]
        found = {"climatology of oxygen": usual.at(targets[row])[:, oxygen.ocean][:, cell]}
        found["oxygen of the start"] = oxygen.values[oxygen.places(start[None])][:, oxygen.ocean][:, cell]
        for name, one in domains(run, domain, oxygen, start, targets[row], step).items():
            estimate = model.predict(one, known, np.tile(cell, step.size), at).mean[:, 0]
            found[name] = estimate.reshape(step.size, -1)
        for name, values in found.items():
            errors.setdefault(name, np.zeros((len(starts), step.size)))[row] = np.square(values - right).mean(axis=1)
    leads = (targets[0] - starts[0]).astype(int)
    text = [[name, *(f"{np.sqrt(one):.2f}" for one in square.mean(axis=0))] for name, square in errors.items()]
    print(Table.of_text(["covariates, or method", *(f"{lead} d" for lead in leads)], text).markdown())


def domains(
    run: ForecastRun, domain: Domain, oxygen: DailyFields, start: np.datetime64, days: Dates, step: Ints
) -> dict[str, Domain]:
    """Give the domain with each source of temperature and salinity on the days of a forecast."""
    found = {"true temperature and salinity": domain}
    for method in (run.pipeline.methods[0], "damped_persistence", "persistence"):
        with xr.open_dataset(run.pipeline.path(method, start), decode_times=False) as data:
            values = channels_of(data, run.pipeline.state)[(days - start).astype(int) - 1]
        covariates = domain.covariates.copy()
        covariates[step] = covariates_of(values, run.pipeline.state, oxygen.ocean)
        found[f"{method.replace('_', ' ')} of temperature and salinity"] = replace(domain, covariates=covariates)
    return found


if __name__ == "__main__":
    try:
        main(sys.argv[1], *map(int, sys.argv[2:3]))
    except (InputError, IndexError) as error:
        sys.exit(str(error) if isinstance(error, InputError) else __doc__)
