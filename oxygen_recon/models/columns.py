"""What the water column of a cell says, for every method: density, differences to the levels around, fixed depths."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain
from oxygen_recon.dataset.seawater import potential_density

WATER = ("temperature", "salinity", "sigma0")  # degC, 1, kg m-3 less 1000
DEPTHS = (0.0, 50.0, 200.0)  # m: surface, seasonal and permanent thermocline


def column_names(domain: Domain) -> tuple[str, ...]:
    """Name what `column_predictors` gives.

    Parameters
    ----------
    domain : Domain
        Its covariates decide.

    Returns
    -------
    tuple of str
        "sigma0"; NAME_above and NAME_below for each of `WATER`; NAME_0m, NAME_50m, NAME_200m for each; none where
        temperature and salinity are not both covariates.
    """
    if not {"temperature", "salinity"} <= set(domain.names):
        return ()
    around = [f"{name}_{where}" for where in ("above", "below") for name in WATER]
    return ("sigma0", *around, *(f"{name}_{depth:.0f}m" for depth in DEPTHS for name in WATER))


def column_predictors(domain: Domain, cell: Ints, step: Ints, subset: Ints | None = None) -> NDArray[np.float32]:
    """Describe the water column that cells lie in, as it is known at their step.

    The features of "column" in the evaluation sets: differences are plain, not per metre, for trees know the level.

    Parameters
    ----------
    domain : Domain
        Cells, steps and covariates.
    cell, step : int array, shape (row,)
        Where and when.
    subset : int array, shape (row,), optional
        Of a row: the subset of groups whose casts must have no part in what is known of it (`Domain.at`), at the other
        levels of its column either.

    Returns
    -------
    float32 array, shape (row, feature)
        Columns as in `column_names`: potential density anomaly (kg m-3); temperature (degC), salinity (1) and potential
        density of the level above, and of that below, less the cell's own; the same three at the level nearest to each
        of `DEPTHS`. NaN is missing: no such level in the column, no value there, or none made without the subset. Shape
        (row, 0) where temperature and salinity are not both covariates.

    Examples
    --------
    >>> from dataclasses import replace
    >>> depth, none = np.array([0.0, 50.0, 200.0]), np.zeros(3)
    >>> water = np.array([[[20.0, 35.0], [15.0, 34.5], [8.0, 34.0]]])
    >>> domain = Domain(none, none, depth, none.astype(int), np.arange(3), none, none[:1], water, WATER[:2])
    >>> some = column_predictors(domain, np.array([1]), np.array([0]))[0, 1:7].astype(float).round(1)
    >>> dict(zip(column_names(domain)[1:7], some.tolist()))  # doctest: +NORMALIZE_WHITESPACE
    {'temperature_above': 5.0, 'salinity_above': 0.5, 'sigma0_above': -0.8,
     'temperature_below': -7.0, 'salinity_below': -0.5, 'sigma0_below': 0.9}
    """
    if not column_names(domain):
        return np.zeros((cell.size, 0), np.float32)
    near = _near(domain, cell)
    row, place = np.nonzero(near >= 0)
    # Neighbouring rows ask for the same levels: each is read, and its density computed, once.
    key = near[row, place] + domain.cells * step[row]
    if subset is not None:
        key = key + domain.cells * domain.steps * (subset[row] + 1)
    key, number = np.unique(key, return_inverse=True)
    found = np.full((*near.shape, len(WATER)), np.nan, np.float32)
    found[row, place] = _water(domain, key, subset is not None)[number]
    found[:, 1:3] -= found[:, :1]
    return found.reshape(cell.size, near.shape[1] * len(WATER))[:, len(WATER) - 1 :]  # without its own two


def _near(domain: Domain, cell: Ints) -> Ints:
    """Cell itself, above, below, and nearest to each of `DEPTHS` in its column, shape (row, place); -1 is none."""
    cell_of, level = domain.cell_of, domain.level[cell]
    depth = np.full(cell_of.shape[1], np.inf)
    depth[domain.level] = domain.depth
    fixed = np.abs(depth - np.array(DEPTHS)[:, None]).argmin(axis=1)
    levels = np.column_stack([level, level - 1, level + 1, np.broadcast_to(fixed, (cell.size, fixed.size))])
    inside = (levels >= 0) & (levels < depth.size)
    return np.where(inside, cell_of[domain.column[cell][:, None], np.where(inside, levels, 0)], -1)


def _water(domain: Domain, key: Ints, with_subset: bool) -> Floats:
    """Temperature, salinity and density of distinct cells, steps and subsets, shape (key, 3)."""
    rest, cell = np.divmod(key, domain.cells)
    subset, step = np.divmod(rest, domain.steps)
    known = domain.at(cell, step, subset - 1 if with_subset else None, refuse=False)
    temperature, salinity = (known[:, domain.names.index(name)] for name in WATER[:2])
    density = potential_density(salinity, temperature, domain.depth[cell], domain.latitude[cell])
    return np.column_stack([temperature, salinity, density])
