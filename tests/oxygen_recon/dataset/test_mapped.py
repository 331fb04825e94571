"""Maps of temperature and salinity from casts, and what has no part in them."""

from dataclasses import replace

import numpy as np
import pytest

from graphs.time_axis import TimeAxis
from oxygen_recon.dataset.covariates import climatology_covariates, measured, season_of
from oxygen_recon.dataset.delivered import DeliveredCovariates, Subsets
from oxygen_recon.dataset.domain import Samples
from oxygen_recon.dataset.mapped import MappedCovariates
from oxygen_recon.fields.grids import GridConfig, make_grid

STEPS = TimeAxis.regular(2000, 2002, "season")
REGION = GridConfig(latitude=(10.0, 14.0), longitude=(178.0, 182.0), resolution=0.5, levels=(0.0, 50.0))
GRID = make_grid(REGION, wet=np.ones((2, 8, 8), bool))
NOTHING = np.zeros(0, int)


def truth() -> np.ndarray:
    """Temperature whose anomalies last for a year and reach over some degrees, shape (step, cell)."""
    level, row, place = np.nonzero(GRID.wet)
    time = np.arange(len(STEPS))[:, None]
    return 15 - 5 * level + np.cos(np.pi * time / 2) + 2 * np.sin(0.5 * row + 0.5 * time) * np.cos(0.4 * place)


def ocean(seed: int = 0, n: int = 500, groups: int = 15, folds: int = 3) -> tuple[Samples, Samples, Subsets]:
    """Casts of temperature and salinity, every second with oxygen."""
    rng = np.random.default_rng(seed)
    group = rng.integers(groups, size=n)
    cell, step = rng.integers(GRID.cells, size=n), rng.integers(len(STEPS), size=n)
    temperature = truth()[step, cell] + rng.normal(0, 0.1, n)
    values = {"temperature": temperature, "salinity": 35 + 0.1 * temperature + rng.normal(0, 0.01, n)}
    count, subsets = np.ones(n, int), Subsets.of(group, group % folds)
    spread = {name: np.full(n, np.nan) for name in values}
    casts = Samples(cell, step, group, values, count, spread, subsets.at(group))
    oxygen = {"oxygen": 200 - 5 * temperature}
    samples = Samples(cell, step, group, oxygen, count, {"oxygen": spread["temperature"]}, casts.subset)
    return casts, samples.take(np.arange(n) % 2 == 0), subsets


def wild(casts: Samples, which: np.ndarray) -> Samples:
    return replace(casts, values={name: np.where(which, v + 100.0, v) for name, v in casts.values.items()})


def test_neither_hidden_casts_nor_those_of_a_rows_own_subset_have_a_part_in_its_maps():
    casts, samples, subsets = ocean()
    hidden = subsets.of_fold(0)
    before = MappedCovariates(GRID, STEPS, casts, subsets, samples).domain(hidden)
    out = np.isin(casts.subset, hidden)
    after = MappedCovariates(GRID, STEPS, wild(casts, out), subsets, samples).domain(hidden)
    np.testing.assert_array_equal(before.covariates, after.covariates)
    np.testing.assert_array_equal(before.without, after.without)
    own = int(np.setdiff1d(casts.subset, hidden)[0])
    after = MappedCovariates(GRID, STEPS, wild(casts, casts.subset == own), subsets, samples).domain(hidden)
    rows = samples.take(samples.subset == own)
    np.testing.assert_array_equal(
        before.at(rows.cell, rows.step, rows.subset), after.at(rows.cell, rows.step, rows.subset)
    )
    assert not np.isclose(before.at(rows.cell, rows.step), after.at(rows.cell, rows.step)).all(axis=1).any()
    field, changed = (
        MappedCovariates(GRID, STEPS, c, subsets, samples).domain(NOTHING) for c in (casts, wild(casts, out))
    )
    held = samples.take(np.isin(samples.subset, hidden))
    assert (np.abs(field.at(held.cell, held.step) - changed.at(held.cell, held.step))[:, 0] > 1).all()


def test_rows_without_a_subset_are_the_maps_of_the_other_casts():
    casts, samples, subsets = ocean(1)
    hidden = subsets.of_fold(1)
    domain = MappedCovariates(GRID, STEPS, casts, subsets, samples).domain(hidden)
    rest = ~np.isin(casts.subset, hidden)
    np.testing.assert_array_equal(
        domain.covariates, MappedCovariates(GRID, STEPS, casts.take(rest), subsets, samples).domain(NOTHING).covariates
    )
    asked = np.unique(np.stack([samples.subset, samples.step])[:, ~np.isin(samples.subset, hidden)], axis=1)
    assert len(domain.without) == asked.shape[1] == (domain.row >= 0).sum(), (
        "one row for each subset and step asked for"
    )
    cells = np.arange(GRID.cells)
    for one in np.unique(asked[0]):
        others = casts.take(rest & (casts.subset != one))
        dense = MappedCovariates(GRID, STEPS, others, subsets, samples).domain(NOTHING).covariates
        for step in asked[1, asked[0] == one]:
            np.testing.assert_array_equal(
                domain.without[domain.row[one, step]], dense[step], err_msg=f"subset {one}, step {step}"
            )
            np.testing.assert_array_equal(domain.at(cells, 0 * cells + step, 0 * cells + one)[:, :4], dense[step])


def test_maps_without_a_subset_are_made_at_its_samples_and_beside_them_only():
    casts, samples, subsets = ocean(1)
    hidden, beside = subsets.of_fold(1), np.column_stack([np.arange(GRID.cells) - 1, np.arange(GRID.cells)[::-1]])
    every, some = (MappedCovariates(GRID, STEPS, casts, subsets, samples, one).domain(hidden) for one in (None, beside))
    np.testing.assert_array_equal(every.covariates, some.covariates)
    own = samples.take(~np.isin(samples.subset, hidden))
    for cell in (own.cell, *beside[own.cell].T):
        there = cell >= 0
        where = cell[there], own.step[there], own.subset[there]
        np.testing.assert_array_equal(some.at(*where), every.at(*where))
    one = own.subset[0]
    near = own.take((own.subset == one) & (own.step == own.step[0])).cell
    cell = np.setdiff1d(np.arange(GRID.cells), [*near, *beside[near].ravel()])[:1]
    with pytest.raises(ValueError, match="without a subset"):
        some.at(cell, own.step[:1], own.subset[:1])
    assert np.isfinite(every.at(cell, own.step[:1], own.subset[:1])).all()


def test_maps_are_near_the_truth_and_know_how_near():
    casts, samples, subsets = ocean(2)
    field = MappedCovariates(GRID, STEPS, casts, subsets, samples).domain(NOTHING)
    assert field.names == ("temperature", "salinity", "temperature_error", "salinity_error")
    climatology = climatology_covariates(measured(casts, GRID.cells, len(STEPS)), GRID, STEPS)[season_of(STEPS)]
    off, usual = field.covariates[..., 0] - truth(), climatology[..., 0] - truth()
    assert np.sqrt(np.square(off).mean()) < 0.7 * np.sqrt(np.square(usual).mean())
    error = field.covariates[..., 2]
    at_casts = np.zeros(error.shape, bool)
    at_casts[casts.step, casts.cell] = True
    assert error[at_casts].mean() < 0.8 * error[~at_casts].mean()
    near = error < np.median(error)
    assert np.abs(off[near]).mean() < np.abs(off[~near]).mean()


def test_far_from_casts_the_error_is_the_spread_of_the_anomalies_and_the_value_their_climatology():
    casts, samples, subsets = ocean(3)
    longer = TimeAxis.regular(2000, 2060, "season")
    field = MappedCovariates(GRID, longer, casts, subsets, samples).domain(NOTHING)
    climatology = climatology_covariates(measured(casts, GRID.cells, len(longer)), GRID, longer)
    anomaly = casts.values["temperature"] - climatology[season_of(longer)[casts.step], casts.cell, 0]
    top = GRID.level_of == 0
    spread = np.sqrt(np.square(anomaly[top[casts.cell]]).mean())
    np.testing.assert_allclose(field.covariates[-4:, top, 2], spread, rtol=0.15)
    np.testing.assert_allclose(field.covariates[-4:, :, 0], climatology[season_of(longer)[-4:], :, 0], atol=0.2)


def test_casts_without_oxygen_inform():
    casts, samples, subsets = ocean(4)
    never = np.arange(len(casts)) % 2 == 1
    some = replace(casts, subset=np.where(never, -1, casts.subset))
    every, fewer = (
        MappedCovariates(GRID, STEPS, c, subsets, samples).domain(NOTHING) for c in (some, some.take(~never))
    )
    off = [np.sqrt(np.square(one.covariates[..., 0] - truth()).mean()) for one in (every, fewer)]
    assert off[0] < 0.9 * off[1]
    assert every.covariates[..., 2].mean() < fewer.covariates[..., 2].mean()


def test_a_variable_that_only_hidden_casts_measured_is_missing_and_not_zero():
    casts, samples, subsets = ocean(5)
    hidden = np.isin(casts.subset, subsets.of_fold(0))
    values = casts.values | {"salinity": np.where(hidden, casts.values["salinity"], np.nan)}
    maps = MappedCovariates(GRID, STEPS, replace(casts, values=values), subsets, samples)
    domain = maps.domain(subsets.of_fold(0))
    assert np.isnan(domain.covariates[..., [1, 3]]).all() and np.isfinite(domain.covariates[..., [0, 2]]).all()
    with pytest.raises(ValueError, match="without subsets"):
        MappedCovariates(GRID, STEPS, replace(casts, subset=None), subsets, samples).domain(NOTHING)


def test_where_only_oxygen_is_hidden_no_cell_has_a_value_from_its_own_water_column():
    casts, samples, subsets = ocean(6)
    column = np.unique(GRID.column_of, return_inverse=True)[1]
    for maps in (
        MappedCovariates(GRID, STEPS, casts, subsets, samples),
        DeliveredCovariates(GRID, STEPS, casts, subsets),
    ):
        before = maps.elsewhere()
        own = int(column[casts.cell[0]])
        after = replace(maps, casts=wild(casts, column[casts.cell] == own)).elsewhere()
        np.testing.assert_array_equal(before.covariates[:, column == own], after.covariates[:, column == own])
        assert not np.array_equal(before.covariates, after.covariates) and before.without is None
    other = wild(casts, (casts.step == casts.step[0]) & (column[casts.cell] != own))
    moved = MappedCovariates(GRID, STEPS, other, subsets, samples).elsewhere()
    known = MappedCovariates(GRID, STEPS, casts, subsets, samples).elsewhere()
    assert moved.covariates[casts.step[0], casts.cell[0], 0] > known.covariates[casts.step[0], casts.cell[0], 0] + 10


def test_a_single_step_is_mapped_in_space():
    casts, samples, subsets = ocean(7)
    whole, no = TimeAxis.regular(2000, 2002, "static"), np.zeros(len(casts), int)
    domain = MappedCovariates(GRID, whole, replace(casts, step=no), subsets, replace(samples, step=no[::2])).domain(
        NOTHING
    )
    assert domain.covariates.shape == (1, GRID.cells, 4) and np.isfinite(domain.covariates).all()
    assert np.isfinite(domain.at(casts.cell, no, casts.subset)).all()
