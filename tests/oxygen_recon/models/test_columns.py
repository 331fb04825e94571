from dataclasses import replace

import gsw
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.dataset.domain import AS_FIELD, NOT_MADE, UNASKED, Domain, make_domain
from oxygen_recon.dataset.seawater import potential_density
from oxygen_recon.models.columns import DEPTHS, WATER, column_names, column_predictors

LEVELS = np.array([0.0, 20.0, 60.0, 150.0, 240.0])


def ocean(seed: int, subsets: int = 0) -> Domain:
    """Columns with and without a floor, gaps within; some values missing; some made without a subset, some unasked."""
    random = np.random.default_rng(seed)
    wet = random.random((LEVELS.size, 2, 3)) < 0.8
    wet[0, 0, 0] = True
    edges = np.linspace(-2, 2, 3), np.linspace(160, 166, 4), np.array([0.0, 10, 40, 100, 200, 300])
    grid = Grid(*edges, LEVELS, wet)
    years = TimeAxis(np.arange(2000.0, 2004.0))

    def water(*shape: int) -> np.ndarray:
        values = np.stack([random.uniform(0, 30, shape), random.uniform(30, 37, shape)], axis=-1)
        return np.where(random.random(values.shape) < 0.1, np.nan, values).astype(np.float32)

    domain = make_domain(grid, years, water(3, grid.cells), ("temperature", "salinity"))
    if not subsets:
        return domain
    without = water(2, grid.cells)
    without[random.random(without.shape[:2]) < 0.2] = UNASKED
    return replace(domain, without=without, row=random.choice([AS_FIELD, NOT_MADE, 0, 1], (subsets, 3)))


def one_by_one(domain: Domain, cell: int, step: int, subset: int) -> list[float]:
    """The same for one row, from the description."""

    def water(level: int) -> np.ndarray:
        here = np.flatnonzero((domain.column == domain.column[cell]) & (domain.level == level))
        if not here.size:
            return np.full(3, np.nan)
        try:
            known = domain.at(here, np.array([step]), np.array([subset]))[0, :2].astype(float)
        except ValueError:
            return np.full(3, np.nan)
        place = domain.depth[here[0]], domain.latitude[here[0]]
        return np.append(known, potential_density(known[1], known[0], *map(np.asarray, place)))

    own, level = water(domain.level[cell]), domain.level[cell]
    fixed = [water(int(np.abs(np.unique(domain.depth) - depth).argmin())) for depth in DEPTHS]
    return [own[2], *(water(level - 1) - own), *(water(level + 1) - own), *np.concatenate(fixed)]


@given(st.integers(0, 10_000), st.integers(0, 3))
def test_the_column_is_that_of_each_row_by_itself(seed: int, subsets: int) -> None:
    """A level that lacks, is missing or was not made without a subset is missing: nothing else is changed by it."""
    domain, random = ocean(seed, subsets), np.random.default_rng(seed)
    if np.unique(domain.level).size < LEVELS.size:
        return  # the levels of a grid are those that it has
    cell, step = random.integers(domain.cells, size=60), random.integers(3, size=60)
    subset = random.integers(-1, subsets, 60)
    found = column_predictors(domain, cell, step, subset)
    assert found.shape == (60, len(column_names(domain))) and found.dtype == np.float32
    expected = [one_by_one(domain, *row) for row in zip(cell, step, subset)]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    if not subsets:
        np.testing.assert_array_equal(column_predictors(domain, cell, step), found)


def test_nothing_that_a_subset_measured_moves_the_column_without_it() -> None:
    domain = ocean(3, 1)
    domain = replace(domain, row=np.array([[NOT_MADE, 0, 1]]))
    cell, step = np.tile(np.arange(domain.cells), 3), np.repeat(np.arange(3), domain.cells)
    found = column_predictors(domain, cell, step, 0 * cell)
    assert np.isnan(found[step == 0]).all() and np.isfinite(found[step > 0]).any()
    other = replace(domain, covariates=domain.covariates + 1)
    np.testing.assert_array_equal(column_predictors(other, cell, step, 0 * cell), found)
    hidden = domain.hiding(0)
    np.testing.assert_array_equal(column_predictors(hidden, cell, step), found)


def test_the_order_of_rows_and_their_number_change_nothing() -> None:
    domain = ocean(5, 2)
    cell, step = np.tile(np.arange(domain.cells), 3), np.repeat(np.arange(3), domain.cells)
    subset, order = cell % 3 - 1, np.random.default_rng(0).permutation(cell.size)
    found = column_predictors(domain, cell, step, subset)
    np.testing.assert_array_equal(column_predictors(domain, cell[order], step[order], subset[order]), found[order])
    assert column_predictors(domain, cell[:0], step[:0], subset[:0]).shape == (0, found.shape[1])


@pytest.mark.parametrize("names", [(), ("temperature",), ("salinity", "nitrate")])
def test_without_temperature_and_salinity_there_is_no_column(names: tuple[str, ...]) -> None:
    domain = ocean(1)
    domain = replace(domain, covariates=domain.covariates[..., : len(names)], names=names)
    assert column_names(domain) == ()
    assert column_predictors(domain, np.arange(3), np.zeros(3, int)).shape == (3, 0)


def test_names_and_values_of_a_stratified_column() -> None:
    wet = np.ones((5, 1, 1), bool)
    grid = Grid(np.array([29.0, 31]), np.array([0.0, 2]), np.array([0.0, 10, 40, 100, 200, 300]), LEVELS, wet)
    water = np.array([[[20.0, 35.0], [19.0, 35.0], [12.0, 34.6], [9.0, 34.2], [7.0, 34.3]]])
    domain = make_domain(grid, TimeAxis(np.array([2000.0, 2001.0])), water, WATER[:2])
    row = dict(zip(column_names(domain), column_predictors(domain, np.array([2]), np.zeros(1, int))[0], strict=True))
    absolute = gsw.SR_from_SP(water[0, :, 1])
    density = gsw.sigma0(absolute, gsw.CT_from_t(absolute, water[0, :, 0], gsw.p_from_z(-LEVELS, 30)))
    assert row["sigma0"] == pytest.approx(density[2], abs=0.02)
    assert row["temperature_above"] == 7 and row["salinity_below"] == pytest.approx(-0.4, abs=1e-5)
    assert row["sigma0_above"] < 0 < row["sigma0_below"]
    assert row["temperature_0m"] == 20 and row["temperature_50m"] == 12 and row["temperature_200m"] == 7
    assert row["sigma0_200m"] == pytest.approx(density[4], abs=0.02)
