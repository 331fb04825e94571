"""What regressions read: place, depth, time, covariates and the water column, and which of them a method chose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphs.sphere import EARTH_RADIUS_KM, positions
from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain
from oxygen_recon.models.baselines.climatology import seasons
from oxygen_recon.models.baselines.tuning import Ladder
from oxygen_recon.models.columns import column_predictors


@dataclass(frozen=True)
class Inputs:
    """What a regression reads and what it estimates, chosen by hold-out like its own settings.

    Parameters
    ----------
    on_climatology : bool
        Learn departures from the climatology instead of oxygen itself.
    covariates : bool
        Read the covariates: maps that know no more than oxygen's own observations are noise to trees, which split on
        them all the same.
    column : bool
        Read the water column too (`oxygen_recon.models.columns`), where covariates are read.
    residual_kriging : bool
        Add what local kriging makes of the residuals at neighbouring observations.
    """

    on_climatology: bool = False
    covariates: bool = True
    column: bool = False
    residual_kriging: bool = False


CHOICE = Ladder((False, True), limits=(False, True))


def predictors(domain: Domain, cell: Ints, step: Ints, subset: Ints | None = None) -> Floats:
    """Lay out the predictors without the water column.

    Parameters
    ----------
    domain : Domain
        Cells, steps and covariates.
    cell, step : int array, shape (row,)
        Where and when.
    subset : int array, shape (row,), optional
        Of a sample: the subset of groups that its covariates are made without (`Domain.at`).

    Returns
    -------
    float32 array, shape (row, predictor)
        Unit-sphere coordinates, depth (m) and its root, covariates in their units, oxygen at saturation (umol kg-1)
        where temperature and salinity are known, year where there are several steps, cosine and sine of the time of
        year where steps are shorter than a year. NaN is missing; a covariate that is missing anywhere in the domain has
        a column besides that is 1 where it is known, else 0.
    """
    depth = domain.depth[cell]
    # Multiplied and divided by the radius: trees split on the last digit, which the rounding decides.
    columns = [positions(domain.latitude[cell], domain.longitude[cell]) / EARTH_RADIUS_KM]
    known = domain.at(cell, step, subset)
    columns += [depth[:, None], np.sqrt(np.maximum(depth, 0.0))[:, None], known, np.isfinite(known[:, domain.gaps])]
    if domain.steps > 1:
        columns.append(domain.years[step, None])
    if seasons(domain)[0] > 1:
        angle = 2 * np.pi * (domain.years[step] % 1.0)
        columns.append(np.stack([np.cos(angle), np.sin(angle)], axis=-1))
    return np.hstack(columns).astype(np.float32)


def without_covariates(domain: Domain, table: Floats) -> Floats:
    """Take the predictors that are known of any place and time.

    Parameters
    ----------
    domain : Domain
        Of `predictors`.
    table : array, shape (row, predictor)
        As of `predictors`.

    Returns
    -------
    array, shape (row, predictor)
    """
    first = 3 + 2  # coordinates; depth and its root
    return np.delete(table, slice(first, first + len(domain.channels) + int(domain.gaps.sum())), axis=1)


def chosen(domain: Domain, inputs: Inputs, cell: Ints, step: Ints, subset: Ints | None = None) -> Floats:
    """Lay out the predictors that a method chose.

    Parameters
    ----------
    domain, cell, step, subset
        As for `predictors`.
    inputs : Inputs
        With covariates or without, with the water column or without.

    Returns
    -------
    float32 array, shape (row, predictor)
        Those of the column last.
    """
    table = predictors(domain, cell, step, subset)
    if not inputs.covariates:
        return without_covariates(domain, table)
    return np.hstack([table, column_predictors(domain, cell, step, subset)]) if inputs.column else table
