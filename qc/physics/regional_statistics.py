"""Robust statistics of groups of values, by region and layer, summed over the parts of a table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qc.physics.statistics import MAD_TO_SIGMA, Q90_TO_SIGMA
from qc.types import Floats, Integers, Mask

CASTS = -(2**15)  # in place of a bin: what is counted are casts
_LAYERS, _BINS = 2**20, 2**16


def cell(latitude: Floats, longitude: Floats, size: float) -> Integers:
    """Find the cell of each position on a grid that is even in kilometres: bands of latitude, cut at one width.

    Parameters
    ----------
    latitude, longitude : floats, any shape
        Degrees north, degrees east.
    size : float
        Height of the bands and width of the cells at the equator, degrees.

    Returns
    -------
    integers of that shape
        -1 off the globe.

    Examples
    --------
    >>> cell(np.array([-89.0, 0, np.nan]), np.array([0.0, 20, 20]), 10.0).tolist()
    [1, 226, -1]
    """
    known = (np.abs(latitude) <= 90) & np.isfinite(longitude)
    bands = int(np.ceil(180 / size))
    band = np.minimum(((np.where(known, latitude, 0.0) + 90) / size).astype(np.int64), bands - 1)
    middle = np.radians(-90 + size * (np.arange(bands) + 0.5))
    columns = np.maximum(1, np.round(360 * np.maximum(np.cos(middle), 0.0) / size)).astype(np.int64)
    turn = (np.where(known, longitude, 0.0) + 180) % 360 / 360
    column = np.minimum((turn * columns[band]).astype(np.int64), columns[band] - 1)
    return np.where(known, (np.cumsum(columns) - columns)[band] + column, -1)


def group(place: Integers, layer: Integers) -> Integers:
    """Join the number of a cell and that of a layer into one, the same for every table.

    Parameters
    ----------
    place, layer : integers, shape (level,)
        Number of the cell, and of the layer, below 2^20; -1 for none.

    Returns
    -------
    integers, shape (level,)
        -1 where either is.
    """
    return np.where((place >= 0) & (layer >= 0), place * _LAYERS + layer, -1)


@dataclass(frozen=True)
class Histogram:
    """Counts of values by group: parts of a table are counted separately and summed.

    Parameters
    ----------
    group, bin, count : integers, shape (row,)
        Group; lower edge of the bin, which is one unit wide, or `CASTS`; number of values in it, or of casts in the
        group. Sorted by group, then bin.
    """

    group: Integers
    bin: Integers
    count: Integers

    @classmethod
    def of(cls, value: Floats, group: Integers, cast: Integers) -> "Histogram":
        """Count the values of a table.

        Parameters
        ----------
        value : floats, shape (level,)
            Any unit in which one is small; NaN takes no part.
        group : integers, shape (level,)
            -1 takes no part.
        cast : integers, shape (level,)
            Number of the cast.

        Returns
        -------
        Histogram
        """
        rows = np.flatnonzero(np.isfinite(value) & (group >= 0))
        g, c = group[rows], cast[rows]
        bins = np.floor(np.clip(value[rows], CASTS + 1, -CASTS - 1)).astype(np.int64)
        key, count = np.unique(g * _BINS + bins - CASTS, return_counts=True)
        new = np.ones(len(g), bool)  # most levels of a cast in a group lie beside each other
        new[1:] = (g[1:] != g[:-1]) | (c[1:] != c[:-1])
        pair = np.unique(g[new] * (int(c.max(initial=0)) + 1) + c[new]) // (int(c.max(initial=0)) + 1)
        groups, casts = np.unique(pair, return_counts=True)
        return cls._sorted(np.concatenate([key, groups * _BINS]), np.concatenate([count, casts]))

    @classmethod
    def total(cls, parts: Sequence["Histogram"]) -> "Histogram":
        """Sum the histograms of parts of a table.

        Parameters
        ----------
        parts : sequence of Histogram
            Of parts that share no cast.

        Returns
        -------
        Histogram
            Of the whole table.
        """
        keys = [part.group * _BINS + part.bin - CASTS for part in parts]
        key, back = np.unique(np.concatenate([np.zeros(0, np.int64), *keys]), return_inverse=True)
        count = np.concatenate([np.zeros(0, np.int64), *(part.count for part in parts)])
        return cls._sorted(key, np.bincount(back, count, len(key)).astype(np.int64))

    @classmethod
    def _sorted(cls, key: Integers, count: Integers) -> "Histogram":
        """Build a histogram of joint keys of group and bin."""
        order = np.argsort(key, kind="stable")
        return cls(key[order] // _BINS, key[order] % _BINS + CASTS, count[order])


@dataclass(frozen=True)
class Statistics:
    """The robust middle and spread of groups.

    Parameters
    ----------
    group : integers, shape (group,)
        Sorted.
    middle, sigma : floats, shape (group,)
        Median, and the larger of two robust standard deviations, by the median and by the 90 % quantile of the absolute
        deviations, in the unit of the values, to half a unit. Where water masses meet, most values are alike and the
        others are as natural: the median alone would take these for errors.
    """

    group: Integers
    middle: Floats
    sigma: Floats

    @classmethod
    def of(cls, histogram: Histogram, casts: int, spread: float) -> "Statistics":
        """Find the statistics of the groups that are known well enough.

        Parameters
        ----------
        histogram : Histogram
            Of the whole table.
        casts : int
            Groups with values of fewer casts are left out.
        spread : float
            Smallest standard deviation allowed, unit of the values.

        Returns
        -------
        Statistics
        """
        of_casts = histogram.bin == CASTS
        groups = histogram.group[of_casts & (histogram.count >= casts)]
        kept = ~of_casts & np.isin(histogram.group, groups)
        number = np.searchsorted(groups, histogram.group[kept])
        low, count = histogram.bin[kept].astype(np.float64), histogram.count[kept]
        row, share = _quantile(number, count, len(groups), 0.5)
        middle = low[row] + share
        distance = np.abs(low + 0.5 - middle[number])
        order = np.lexsort((distance, number))
        sigma = np.full(len(groups), spread)
        for part, to_sigma in ((0.5, MAD_TO_SIGMA), (0.9, Q90_TO_SIGMA)):
            row, _ = _quantile(number[order], count[order], len(groups), part)
            sigma = np.maximum(sigma, to_sigma * distance[order][row])
        return cls(groups, middle, sigma)

    def limits(self, group: Integers, multiple: float) -> tuple[Floats, Floats]:
        """Return the lowest and the highest value that is not far from the median of its group.

        Parameters
        ----------
        group : integers, shape (level,)
            Group of each level.
        multiple : float
            Largest distance, standard deviations.

        Returns
        -------
        low, high : floats, shape (level,)
            NaN for groups without statistics.

        Examples
        --------
        >>> known = Statistics(np.array([7]), np.array([200.0]), np.array([3.0]))
        >>> [limit.tolist() for limit in known.limits(np.array([7, 8]), 2.0)]
        [[194.0, nan], [206.0, nan]]
        """
        middle, reach = np.full(len(group), np.nan), np.full(len(group), np.nan)
        if len(self.group):
            at = np.minimum(np.searchsorted(self.group, group), len(self.group) - 1)
            known = self.group[at] == group
            middle[known], reach[known] = self.middle[at[known]], multiple * self.sigma[at[known]]
        return middle - reach, middle + reach

    def far(self, value: Floats, group: Integers, multiple: float) -> Mask:
        """Find values far from the median of their group.

        Parameters
        ----------
        value : floats, shape (level,)
            Values; NaN passes.
        group : integers, shape (level,)
            Group of each; groups without statistics pass.
        multiple : float
            Largest distance, standard deviations.

        Returns
        -------
        mask, shape (level,)
        """
        low, high = self.limits(group, multiple)
        return np.asarray((value < low) | (value > high))


def _quantile(number: Integers, count: Integers, groups: int, part: float) -> tuple[Integers, Floats]:
    """Row in which `part` of each group's values lie below, and the share of that row it takes, both (group,)."""
    below = np.cumsum(count)
    total = np.bincount(number, count, groups)
    target = np.cumsum(total) - (1 - part) * total
    row = np.searchsorted(below, target)
    return row, 1 - (below[row] - target) / count[row]
